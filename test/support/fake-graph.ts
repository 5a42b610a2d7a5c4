import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callJson } from './house';

export interface SentMessage {
  readonly id: string;
  readonly body: any;
  readonly at: number;
}

export const APP_SECRET = 'app-secret-of-the-tests';
const PHONE_NUMBER_ID = '106540352242922';

type Behaviour = (body: any, response: ServerResponse, accept: () => void) => void;

/** WhatsApp's side: takes what is sent, and calls webhooks signed as Meta signs them. */
export class FakeGraph {
  /** What it accepted, in order. */
  readonly sent: SentMessage[] = [];
  /** What the next sends get instead of "taken"; one each. */
  readonly script: Behaviour[] = [];
  /** Every request on messages, also those refused. */
  attempts = 0;
  private count = 0;
  private readonly server = createServer((request, response) => void this.answer(request, response));
  private base = '';

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.base = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get settings(): Record<string, string> {
    return {
      phoneNumberId: PHONE_NUMBER_ID,
      businessAccountId: '102290129340398',
      accessToken: 'access-token-of-the-tests',
      appSecret: APP_SECRET,
      verifyToken: 'verify-token-of-the-tests',
      apiBaseUrl: this.base,
    };
  }

  texts(): string[] {
    return this.sent.map(({ body }) => body.text?.body ?? body.type);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString() || '{}');
    if (request.method !== 'POST' || !request.url?.includes('/messages')) {
      json(response, 200, { id: PHONE_NUMBER_ID, display_phone_number: '+34 910 000 000', verified_name: 'Shop', success: true });
      return;
    }
    if (body.status === 'read') {
      json(response, 200, { success: true });
      return;
    }
    this.attempts += 1;
    const accept = () => {
      const id = `wamid.sent.${++this.count}`;
      this.sent.push({ id, body, at: Date.now() });
      json(response, 200, { messaging_product: 'whatsapp', contacts: [{ input: body.to, wa_id: body.to }], messages: [{ id }] });
    };
    const behaviour = this.script.shift();
    if (behaviour) behaviour(body, response, accept);
    else accept();
  }
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

// ---------------------------------------------------------------- webhooks

export interface Text {
  readonly id: string;
  readonly from: string;
  readonly text: string;
  /** Seconds since 1970. */
  readonly timestamp?: number;
}

const change = (value: Record<string, unknown>) => ({
  object: 'whatsapp_business_account',
  entry: [
    {
      id: '102290129340398',
      changes: [
        {
          field: 'messages',
          value: {
            messaging_product: 'whatsapp',
            metadata: { display_phone_number: '34910000000', phone_number_id: PHONE_NUMBER_ID },
            ...value,
          },
        },
      ],
    },
  ],
});

/** One delivery with these texts. */
export const textsBody = (...texts: readonly Text[]): string =>
  JSON.stringify(
    change({
      contacts: [...new Set(texts.map((text) => text.from))].map((from) => ({
        profile: { name: `Buyer ${from.slice(-4)}` },
        wa_id: from,
      })),
      messages: texts.map(({ id, from, text, timestamp }) => ({
        from,
        id,
        timestamp: String(timestamp ?? Math.floor(Date.now() / 1_000)),
        type: 'text',
        text: { body: text },
      })),
    }),
  );

export const statusBody = (id: string, status: string, to: string, fields: Record<string, unknown> = {}): string =>
  JSON.stringify(
    change({ statuses: [{ id, status, timestamp: String(Math.floor(Date.now() / 1_000)), recipient_id: to, ...fields }] }),
  );

export const sign = (body: string | Uint8Array, secret = APP_SECRET): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

export const postWebhook = (url: string, body: string | Uint8Array, signature = sign(body)) =>
  callJson(url, 'POST', body, { 'content-type': 'application/json', 'x-hub-signature-256': signature });
