import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from './fake-graph';

/** Ordinary sentences of a shop: what the fake engine "translates" to, word after word. */
const words: Readonly<Record<string, string>> = {
  en: 'hello thank you for your message we have looked at this and the parcel is on its way to you today please wait a little longer',
  es: 'hola muchas gracias por su mensaje hemos revisado esto y el paquete está en camino hacia usted hoy por favor espere un poco más',
  pt: 'olá muito obrigado pela sua mensagem nós verificamos isso e o pacote está a caminho para você hoje por favor espere um pouco mais',
  de: 'hallo vielen dank für ihre nachricht wir haben das geprüft und das paket ist heute auf dem weg zu ihnen bitte warten sie noch etwas',
  fr: 'bonjour merci beaucoup pour votre message nous avons vérifié cela et le colis est en route vers vous aujourd’hui merci de patienter encore un peu',
  ja: 'お問い合わせありがとうございます確認しましたところお荷物は本日そちらに向かっておりますのでもう少々お待ちください',
  zh: '您好感谢您的留言我们已经查过了包裹今天正在路上请您再稍微等一等如果还有问题请随时告诉我们',
};

type Fault = (response: ServerResponse, translate: () => void) => void;

/** A LibreTranslate that writes fluent nonsense in the right language, keeps masks, and misbehaves when told to. */
export class FakeTranslation {
  /** Texts it was given, with their languages. */
  readonly asked: { source: string; target: string; texts: string[] }[] = [];
  /** For every call as long as it is set. */
  fault: Fault | null = null;
  /** What it loses from every text, whatever mask stands for it. */
  dropMasks = false;
  /** Whole texts with an answer of their own. */
  readonly phrases = new Map<string, string>();
  private readonly server = createServer((request, response) => void this.answer(request, response));
  url = '';

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get env(): Record<string, string> {
    return { PARLEY_TRANSLATION: 'libretranslate', PARLEY_LIBRETRANSLATE_URL: this.url };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const codes = Object.keys(words);
    if (request.url?.startsWith('/languages')) {
      json(
        response,
        200,
        codes.map((code) => ({ code, name: code, targets: codes })),
      );
      return;
    }
    const { q, source, target } = JSON.parse(Buffer.concat(chunks).toString());
    const texts: string[] = [q].flat();
    this.asked.push({ source, target, texts });
    const translate = () =>
      json(response, 200, {
        translatedText: Array.isArray(q) ? texts.map((text) => this.translate(text, target)) : this.translate(q, target),
      });
    if (this.fault) this.fault(response, translate);
    else translate();
  }

  private translate(text: string, target: string): string {
    const known = this.phrases.get(text);
    if (known !== undefined) return known;
    const unspaced = target === 'ja' || target === 'zh';
    const stock = unspaced ? [...(words[target] ?? '')] : (words[target] ?? words['en'] ?? '').split(' ');
    let at = 0;
    return text
      .split(MASK)
      .map((piece, index) => {
        if (index % 2 === 1) return this.dropMasks ? '' : piece;
        const letters = piece.match(/[\p{L}\p{M}]+/gu)?.join('').length ?? 0;
        if (letters === 0) return piece;
        const count = Math.max(1, Math.round(unspaced ? letters / 3 : letters / 4.5));
        const said = Array.from({ length: count }, () => stock[at++ % stock.length]).join(unspaced ? '' : ' ');
        return `${/^\s/.test(piece) ? ' ' : ''}${said}${/[.?!。?!]\s*$/.exec(piece)?.[0] ?? (/\s$/.test(piece) ? ' ' : '')}`;
      })
      .join('');
  }
}

/** Masks of all shapes, and plain tokens with digits where the text came without masks. */
const MASK = /(<span\b[^>]*>[^<]*<\/span>|⟦\d+⟧|XQ\d+Z|<x id="\d+"\/>)/u;
