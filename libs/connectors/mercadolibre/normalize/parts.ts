import type { DraftPart } from '@parley/connector';
import type { Attachment } from '../shapes';

/** What `downloadMedia` is given. */
export interface FileRef {
  readonly filename: string;
  readonly siteId: string;
  /** Files of a claim lie beside it. */
  readonly claimId?: string;
}

/** Where the files of a message are to be fetched. */
export type FilePlace = Omit<FileRef, 'filename'> & { readonly accountId: string };

export function partsOf(text: string, attachments: readonly Attachment[], place: FilePlace): DraftPart[] {
  const parts: DraftPart[] = text ? [{ kind: 'text', text }] : [];
  for (const file of attachments) parts.push(filePart(file, place));
  return parts.length > 0 ? parts : [{ kind: 'unsupported', summary: 'A message without text or file', rawType: 'empty' }];
}

function filePart(file: Attachment, { accountId, ...place }: FilePlace): DraftPart {
  const { filename } = file;
  const name = file.original_filename ?? filename ?? 'without a name';
  if (file.potential_security_threat)
    return { kind: 'unsupported', summary: `File held back as dangerous: ${name}`, rawType: 'attachment:threat' };
  if (!filename) return { kind: 'unsupported', summary: `A file that cannot be fetched: ${name}`, rawType: 'attachment:unknown' };
  return {
    kind: 'media',
    mime: file.type ?? 'application/octet-stream',
    name,
    sizeBytes: file.size ?? null,
    content: {
      key: ['mercadolibre', accountId, ...(place.claimId ? [`claim-${place.claimId}`] : []), filename].join('/'),
      ref: { filename, ...place } satisfies FileRef,
    },
  };
}
