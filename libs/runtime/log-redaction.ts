const HIDDEN = '[hidden]';
const DEPTH_MAX = 5;
const CAUSES_MAX = 4;

/** Fields that hold a secret. `key` alone is the key of a log record: an id. */
const SECRET_FIELD =
  /secret|password|passwd|token|authorization|cookie|credential|signature|api[-_]?key|private[-_]?key|operator[-_]?key/i;
/** Fields that hold what people wrote, or who they are. */
const TEXT_FIELD =
  /^(text|body|rawbody|parts|part|caption|subject|summary|html|message_text|translation|translations|context|settings|payload|value|content|name|phone|phones|email|emails|parameters|query|variables|data|request|response|config)$/i;

/** Pino's `formatters.log`: the same fields, with those that must not be shown replaced. */
export function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return redactObject(fields, 0);
}

function redactObject(object: Record<string, unknown>, depth: number): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) {
    shown[name] = SECRET_FIELD.test(name) || TEXT_FIELD.test(name) ? hide(value) : redact(value, depth + 1);
  }
  return shown;
}

/** Numbers and flags say nothing about a person: `text: 12` is a length. */
function hide(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined ? value : HIDDEN;
}

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= DEPTH_MAX) return HIDDEN;
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => redact(item, depth + 1));
  return redactObject(value as Record<string, unknown>, depth);
}

export interface ErrorDescription {
  readonly type: string;
  readonly code?: string | number;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorDescription;
}

/**
 * What an error may say in the log: no request it carried (HTTP clients keep headers and body on the error), no SQL
 * parameters, no rows. The stack is kept as places in the code only.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an Error was thrown' };
  const code = (error as { code?: unknown }).code;
  const cause = error.cause;
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: withoutQuotedValues(error),
    stack: places(error),
    ...(cause instanceof Error && depth < CAUSES_MAX ? { cause: describeError(cause, depth + 1) } : {}),
  };
}

/** Parsers quote what they could not read: JSON.parse its input, Postgres (class 22) the value of a column. */
function withoutQuotedValues(error: Error): string {
  const code = (error as { code?: unknown }).code;
  const quotes = error instanceof SyntaxError || (typeof code === 'string' && /^22[0-9A-Z]{3}$/.test(code));
  return quotes ? error.message.replace(/["'][\s\S]*["']/, '"…"') : error.message;
}

function places(error: Error): string | undefined {
  const lines = error.stack?.split('\n').filter((line) => /^\s+at /.test(line));
  return lines?.length ? lines.slice(0, 20).join('\n') : undefined;
}
