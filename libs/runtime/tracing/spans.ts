import {
  type Attributes,
  context,
  type Link,
  type ProxyTracerProvider,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

export { SpanKind };

/** Does anything in this process record traces? */
export function tracingIsOn(): boolean {
  const provider = trace.getTracerProvider() as ProxyTracerProvider;
  return typeof provider.getDelegateTracer !== 'function' || provider.getDelegateTracer('parley') !== undefined;
}

export interface SpanWish {
  /** Ids, codes and counts; never what people wrote. */
  readonly attributes?: Attributes;
  readonly kind?: SpanKind;
  readonly links?: readonly Link[];
  /** Begin a trace where there is none. Otherwise there is a span only inside of one. */
  readonly root?: boolean;
}

/**
 * Runs the work as a step of the trace it happens in; nothing but the call where nothing is traced. The work gets the span,
 * to put on it what it found out.
 */
export function inSpan<T>(name: string, wish: SpanWish, work: (span: Span | undefined) => Promise<T>): Promise<T> {
  const parent = trace.getSpanContext(context.active());
  if (parent === undefined ? !wish.root || !tracingIsOn() : (parent.traceFlags & 1) === 0) return work(undefined);
  const { attributes, kind = SpanKind.INTERNAL, links } = wish;
  const span = trace.getTracer('parley').startSpan(name, { kind, attributes, ...(links ? { links: [...links] } : {}) });
  return context.with(trace.setSpan(context.active(), span), async () => {
    try {
      return await work(span);
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Says of an error what it is, not what it says: that may quote a customer. */
export function failSpan(span: Span | undefined, error: unknown): void {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  span?.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', String(code ?? name ?? typeof error));
}
