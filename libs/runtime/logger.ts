import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino';
import { redactFields } from './log-redaction';

/** Fields are ids, codes and counts; never text of a customer, never a secret. */
export type Logger = PinoLogger;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  /** Which app speaks; in every line as `app`, unless a child of the log or the line itself names another. */
  readonly name: string;
  readonly level: LogLevel;
  /** One short line for people instead of JSON; default: when standard output is a terminal. */
  readonly pretty?: boolean;
  /** Where lines go; default: standard output. */
  readonly destination?: DestinationStream;
}

/**
 * A log in JSON lines, or for people when someone is looking. Whatever a caller passes by mistake, fields that hold
 * secrets or customers' words are replaced by name, and errors are cut down to what they may say.
 */
export function createLogger(options: LoggerOptions): Logger {
  const pretty = options.pretty ?? (process.stdout.isTTY && !options.destination);
  const destination = options.destination ?? pino.destination({ dest: 1, sync: true });
  const log = pino(
    {
      level: options.level,
      base: null,
      // Pino writes the fields of parent and child one after the other, even when they have one name: two keys in a line.
      mixin: (_fields, _level, logger) => ({ app: (logger as Speaker)[APP] }),
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: redactFields },
      // `redactFields` has described errors already; pino's own serializer would take that for an error of its own.
      serializers: { err: (described) => described },
    },
    pretty ? forPeople(destination) : destination,
  );
  (log as Speaker)[APP] = options.name;
  const makeChild = log.child;
  // Children have their parent as prototype: they inherit this method, and the name unless they bring their own.
  log.child = function child(this: Logger, { app, ...bindings }: Record<string, unknown>, childOptions?: object) {
    const made = makeChild.call(this, bindings, childOptions as never);
    if (app !== undefined) (made as Speaker)[APP] = app;
    return made;
  } as Logger['child'];
  return log;
}

const APP = Symbol('app');
type Speaker = object & { [APP]?: unknown };

/** `12:00:01 warn  deliver  Channel is throttled  accountId=acc_1` */
function forPeople(destination: DestinationStream): DestinationStream {
  return {
    write(line: string): void {
      destination.write(`${humanLine(line)}\n`);
    },
  };
}

function humanLine(line: string): string {
  const { level, time, app, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const error = err as { message?: string; stack?: string } | undefined;
  const words = [String(time).slice(11, 19), String(level).padEnd(5), app, msg, error?.message, ...rest];
  const stack = error?.stack && (level === 'error' || level === 'fatal') ? `\n${error.stack}` : '';
  return words.filter((word) => word !== undefined && word !== '').join('  ') + stack;
}
