import { parentPort } from 'node:worker_threads';
import { parseEmailNow } from './parse-email';
import type { ParsedEmail } from './parsed-email';

/** The other side of `parse-in-worker`: one mail in, what it says out. */
export type WorkerAnswer =
  | { readonly ready: true }
  | { readonly id: number; readonly parsed: ParsedEmail }
  | { readonly id: number; readonly failed: string };

const port = parentPort;
if (!port) throw new Error('This file is run as a worker.');

port.on('message', ({ id, raw }: { id: number; raw: Uint8Array }) => {
  try {
    port.postMessage({ id, parsed: parseEmailNow(raw) } satisfies WorkerAnswer);
  } catch (error) {
    port.postMessage({
      id,
      failed: error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : 'unknown',
    } satisfies WorkerAnswer);
  }
});
port.postMessage({ ready: true } satisfies WorkerAnswer);
