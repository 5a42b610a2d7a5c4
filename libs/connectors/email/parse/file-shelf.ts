import { fileName, mimeOf } from './files';
import { LIMITS } from './limits';
import type { EmailFile } from './parsed-email';

export interface FoundFile {
  readonly name: string | null;
  readonly mime: string;
  readonly bytes: Uint8Array;
  readonly contentId: string | null;
  readonly caption: string | null;
}

/** The files of one mail, up to a number and size; how many more there are is said to the reader. */
export class FileShelf {
  private bytesKept = 0;
  private leftOut = 0;
  private readonly names = new Set<string>();

  constructor(
    private readonly out: { readonly files: EmailFile[]; readonly unsupported: { summary: string; rawType: string }[] },
  ) {}

  add({ name, mime: declared, bytes, contentId, caption }: FoundFile): void {
    const fits = bytes.length <= LIMITS.fileBytes && this.bytesKept + bytes.length <= LIMITS.filesBytes;
    if (this.out.files.length >= LIMITS.files || !fits) {
      this.leaveOut();
      return;
    }
    const mime = mimeOf(declared, name, bytes);
    const shown = fileName(name, mime, this.names);
    this.names.add(shown);
    this.bytesKept += bytes.length;
    this.out.files.push({ name: shown, mime, bytes, contentId, inline: false, folded: false, caption });
  }

  private leaveOut(): void {
    const { unsupported } = this.out;
    if (this.leftOut++ === 0) unsupported.push({ summary: '', rawType: 'files-left-out' });
    const notice = unsupported.find((each) => each.rawType === 'files-left-out');
    const files = this.leftOut === 1 ? 'file is' : 'files are';
    if (notice) notice.summary = `${this.leftOut} more ${files} in this mail, beyond what is taken out of one.`;
  }
}
