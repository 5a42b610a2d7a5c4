import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { contentHash } from './content-hash';
import { Headers, readHeaders } from './headers';
import { readFacts } from './parse-email';
import type { WorkerAnswer } from './parse-worker';
import type { ParsedEmail } from './parsed-email';

export interface ParseOptions {
  /** How long one mail may take once the worker runs. */
  readonly timeoutMs?: number;
  /** Heap of the worker. */
  readonly memoryMb?: number;
}

const TIMEOUT_MS = 1_000;
const MEMORY_MB = 256;
/** A machine that is busy elsewhere gets a mail this many times its limit, counted by the clock on the wall. */
const STARVED_TIMES_MAX = 3;
const START_MS = 20_000;
const IDLE_MS = 20_000;
const QUEUE_MAX = 1_000;

interface Job {
  readonly raw: Uint8Array;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  done(parsed: ParsedEmail): void;
}

/** One worker for the process, started when there is mail and stopped when there has been none for a while. */
let worker: { readonly thread: Worker; readonly memoryMb: number; ready: boolean } | null = null;
let current: { readonly job: Job; readonly id: number; timer: NodeJS.Timeout } | null = null;
let idle: NodeJS.Timeout | null = null;
let lastId = 0;
const queue: Job[] = [];

/**
 * The same as `parseEmail` with a limit on time and memory: hostile mail cannot stop the process. When the limit is hit,
 * the answer is what the header says, and the mail itself as a file. Never throws.
 */
export function parseEmailInWorker(raw: Uint8Array, options: ParseOptions = {}): Promise<ParsedEmail> {
  if (queue.length >= QUEUE_MAX) return Promise.resolve(withoutBody(raw, 'too-many-waiting'));
  return new Promise((done) => {
    queue.push({ raw, timeoutMs: options.timeoutMs ?? TIMEOUT_MS, memoryMb: options.memoryMb ?? MEMORY_MB, done });
    next();
  });
}

/** Stops the worker at once; what waits is answered by another one. */
export async function stopParseWorker(): Promise<void> {
  const thread = worker?.thread;
  worker = null;
  if (idle) clearTimeout(idle);
  await thread?.terminate();
}

function next(): void {
  const [job] = queue;
  if (current || !job) return;
  if (idle) clearTimeout(idle);
  if (worker && worker.memoryMb !== job.memoryMb) {
    void worker.thread.terminate();
    worker = null;
  }
  worker ??= start(job.memoryMb);
  worker.thread.ref();
  queue.shift();
  const id = ++lastId;
  // A cold start is not the mail's fault: its clock runs once the worker is ready.
  current = { job, id, timer: worker.ready ? limit(id, job.timeoutMs) : setTimeout(() => give(id, 'timeout'), START_MS) };
  if (worker.ready) worker.thread.postMessage({ id, raw: job.raw });
}

function start(memoryMb: number): NonNullable<typeof worker> {
  // The entry lies beside this file, compiled or not; from source it needs the loader that the tests run with.
  const source = extname(__filename) === '.ts';
  const thread = new Worker(join(__dirname, `parse-worker${extname(__filename)}`), {
    execArgv: source ? ['--require', require.resolve('tsx/cjs')] : [],
    resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
    stdout: true,
    stderr: true,
  });
  const started = { thread, memoryMb, ready: false };
  thread.on('message', (answer: WorkerAnswer) => {
    if (worker !== started) return;
    if ('ready' in answer) {
      started.ready = true;
      if (!current) return;
      clearTimeout(current.timer);
      const { id, job } = current;
      current.timer = limit(id, job.timeoutMs);
      thread.postMessage({ id, raw: job.raw });
    } else if (answer.id === current?.id)
      finish('parsed' in answer ? answer.parsed : withoutBody(current.job.raw, 'parser-failed'));
  });
  const gone = (reason: string) => {
    if (worker !== started) return;
    worker = null;
    if (current) finish(withoutBody(current.job.raw, reason));
  };
  thread.on('error', (error) =>
    gone('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'out-of-memory' : 'parser-failed'),
  );
  thread.on('exit', () => gone('parser-stopped'));
  return started;
}

/**
 * Ends a mail that takes too long. When the whole process got less of the processor than the limit allows the mail, then
 * it was kept waiting, and goes on for a bounded while: ordinary mail is not given up because a neighbour is busy.
 */
function limit(id: number, timeoutMs: number): NodeJS.Timeout {
  const before = process.cpuUsage();
  const end = Date.now() + timeoutMs * STARVED_TIMES_MAX;
  const look = () => {
    if (current?.id !== id) return;
    const { user, system } = process.cpuUsage(before);
    const leftMs = Math.min(timeoutMs - (user + system) / 1_000, end - Date.now());
    if (leftMs < 1) give(id, 'timeout');
    else current.timer = setTimeout(look, leftMs);
  };
  return setTimeout(look, timeoutMs);
}

/** The mail took too long: its worker is ended, since nothing else stops a loop. */
function give(id: number, reason: string): void {
  if (current?.id !== id) return;
  const thread = worker?.thread;
  worker = null;
  void thread?.terminate();
  finish(withoutBody(current.job.raw, reason));
}

function finish(parsed: ParsedEmail) {
  if (!current) return;
  clearTimeout(current.timer);
  const { job } = current;
  current = null;
  job.done(parsed);
  if (queue.length > 0) return next();
  const rested = worker;
  if (!rested) return;
  // Waiting for work keeps no process alive.
  rested.thread.unref();
  idle = setTimeout(() => {
    if (worker !== rested || current) return;
    worker = null;
    void rested.thread.terminate();
  }, IDLE_MS);
  idle.unref();
}

/** What can be had without looking at the body: who, what about, in which thread; the mail itself is kept as a file. */
export function withoutBody(raw: Uint8Array, reason: string): ParsedEmail {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.length);
  const headers = new Headers(readHeaders(bytes, 0, bytes.length).fields);
  const facts = readFacts(headers);
  return {
    ...facts,
    text: '',
    visible: '',
    unquoted: '',
    signature: '',
    forwarded: false,
    html: null,
    files: [
      { name: 'message.eml', mime: 'message/rfc822', bytes: raw, contentId: null, inline: false, folded: false, caption: null },
    ],
    invitations: [],
    unsupported: [{ summary: 'This mail could not be read in time; it is kept as a file.', rawType: 'message/rfc822' }],
    reports: [],
    class: 'human',
    classReasons: [],
    authentication: [],
    defects: [...facts.defects, reason],
    contentHash: contentHash(bytes),
    sizeBytes: raw.length,
  };
}
