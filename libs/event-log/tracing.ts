import {
  type Attributes,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Batch, StoredRecord } from './port';

/**
 * How a trace goes through the log. A record carries the context of the step that appended it (W3C, in its headers), and
 * only when that trace is recorded: what nobody watches costs a look at one header. Without an SDK in the process nothing
 * is begun, and what comes with a record is passed on as it came.
 */
export type TraceHeaders = Readonly<Record<string, string>>;

export const TRACE_PARENT = 'traceparent';
const TRACE_STATE = 'tracestate';
const SAMPLED = 1;

/** What to put on a record that is appended now; undefined: nothing here is being traced. */
export function traceHeaders(): TraceHeaders | undefined {
  const active = context.active();
  const span = trace.getSpanContext(active);
  if (span === undefined || (span.traceFlags & SAMPLED) === 0) return undefined;
  const headers: Record<string, string> = {};
  propagation.inject(active, headers);
  return headers;
}

/** Runs the work in the trace a record (or whatever kept its headers) belongs to: what is appended meanwhile belongs to it too. */
export function inTrace<T>(headers: TraceHeaders | undefined, work: () => T): T {
  if (headers?.[TRACE_PARENT] === undefined) return work();
  return context.with(propagation.extract(ROOT_CONTEXT, headers), work);
}

/** The part of a record's headers that names its trace, to be kept where the work goes on later. */
export function traceOf(headers: Readonly<Record<string, string>>): TraceHeaders | undefined {
  const { [TRACE_PARENT]: parent, [TRACE_STATE]: state } = headers;
  if (parent === undefined) return undefined;
  return { [TRACE_PARENT]: parent, ...(state === undefined ? {} : { [TRACE_STATE]: state }) };
}

/** Ids an entry may have. Of an entry nothing else is ever put on a span. */
const IDS = ['merchantId', 'accountId', 'channel', 'conversationId', 'messageId', 'attempt', 'kind', 'id'] as const;

/** Spans of those records of one batch that are traced: one for each, from the begin of the batch to its end. Mostly there are none. */
export class RecordSpans {
  private spans: Map<bigint, Span> | undefined;
  private readonly startedAt: number;

  constructor(
    private readonly app: string,
    private readonly batch: Batch,
  ) {
    this.startedAt = Date.now();
  }

  /** @returns the headers as the handler is to see them: what it appends hangs below this step. */
  begin(stored: StoredRecord, entry: unknown): Readonly<Record<string, string>> {
    const { headers } = stored;
    if (headers[TRACE_PARENT] === undefined) return headers;
    const { topic, partition, records } = this.batch;
    const parent = propagation.extract(ROOT_CONTEXT, headers);
    const span = trace.getTracer('parley').startSpan(
      `${this.app} ${topic}`,
      {
        kind: SpanKind.CONSUMER,
        startTime: this.startedAt,
        attributes: {
          'messaging.operation.type': 'process',
          'messaging.destination.name': topic,
          'messaging.destination.partition.id': String(partition),
          'messaging.consumer.group.name': `parley.${this.app}`,
          'parley.offset': String(stored.offset),
          'parley.waited_ms': Math.max(0, this.startedAt - stored.appendedAt),
          'parley.batch_records': records.length,
          ...idsOf(entry),
        },
      },
      parent,
    );
    if (!span.isRecording()) return headers;
    this.spans ??= new Map();
    this.spans.set(stored.offset, span);
    const below: Record<string, string> = { ...headers };
    propagation.inject(trace.setSpan(parent, span), below);
    return below;
  }

  /** These are tried again. */
  retried(offsets: Iterable<bigint>, error: unknown): void {
    if (!this.spans) return;
    for (const offset of offsets) this.spans.get(offset)?.addEvent('tried again', { 'error.type': typeOf(error) });
  }

  /** This one is given up. */
  failed(offset: bigint, error: unknown): void {
    fail(this.spans?.get(offset), error);
  }

  /** `error`: the whole batch comes again. */
  end(error?: unknown): void {
    for (const span of this.spans?.values() ?? []) {
      if (error !== undefined) fail(span, error);
      span.end();
    }
  }
}

function idsOf(entry: unknown): Attributes {
  const attributes: Attributes = {};
  for (const name of IDS) {
    const value = (entry as Record<string, unknown> | null)?.[name];
    if (typeof value === 'string' || typeof value === 'number') attributes[`parley.${snake(name)}`] = value;
  }
  return attributes;
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function fail(span: Span | undefined, error: unknown): void {
  span?.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', typeOf(error));
}

/** Its kind, never its words: they may quote a customer's. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
}
