import { Readable } from 'node:stream';
import type { ChannelContext } from '@parley/connector';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { isLoopback } from '../receive/loopback';
import type { EmailSettings } from '../settings';
import { type SmtpFailure, type Stage, smtpError } from './smtp-errors';

const CONNECT_MS = 20_000;
const SILENCE_MS = 60_000;
const CHUNK_BYTES = 64 * 1024;

export interface Envelope {
  readonly from: string;
  readonly to: string;
}

/** Hands one mail to the server. @throws ChannelError; `uncertain` when the last byte was on its way and no answer came. */
export async function sendMail(
  envelope: Envelope,
  bytes: Buffer,
  context: ChannelContext<EmailSettings>,
): Promise<{ response: string }> {
  const connection = await open(context);
  let stage: Stage = 'before-data';
  try {
    const message = Readable.from(
      (function* () {
        stage = 'in-data';
        for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
          // The stage is set before the last piece leaves: whoever reads it may have read all.
          if (at + CHUNK_BYTES >= bytes.length) stage = 'sent';
          yield bytes.subarray(at, at + CHUNK_BYTES);
        }
      })(),
      { objectMode: false, highWaterMark: CHUNK_BYTES },
    );
    return await whileOpen(connection, context.signal, (done) =>
      connection.send({ from: envelope.from, to: [envelope.to], size: bytes.length }, message, (error, info) =>
        done(error, info ? { response: info.response } : undefined),
      ),
    );
  } catch (error) {
    throw smtpError(failureOf(error), stage, error);
  } finally {
    close(connection);
  }
}

/** Connects and logs in, and nothing more. @throws ChannelError */
export async function tryLogin(context: ChannelContext<EmailSettings>): Promise<void> {
  close(await open(context));
}

async function open(context: ChannelContext<EmailSettings>): Promise<SMTPConnection> {
  const { smtp } = context.account.settings;
  const host = await context.resolveHost(smtp.host);
  const loopback = isLoopback(host);
  const connection = new SMTPConnection({
    host,
    port: smtp.port,
    secure: smtp.secure,
    servername: smtp.host,
    // A password never crosses a network in the clear; on this machine there is none to cross.
    requireTLS: !smtp.secure && !loopback,
    ignoreTLS: !smtp.secure && loopback,
    tls: { servername: /^[\d.]+$|:/.test(smtp.host) ? undefined : smtp.host },
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    allowInternalNetworkInterfaces: true,
    logger: false,
  });
  try {
    await whileOpen<void>(connection, context.signal, (done) => connection.connect((error) => done(error ?? null)));
    const { user, password } = smtp;
    if (user && password)
      await whileOpen<void>(connection, context.signal, (done) =>
        connection.login({ user, pass: password, credentials: { user, pass: password } }, (error) => done(error)),
      );
    return connection;
  } catch (error) {
    close(connection);
    throw smtpError(failureOf(error), 'before-data', error);
  }
}

/** One step of the dialogue; a broken or aborted connection ends it too. */
function whileOpen<T>(
  connection: SMTPConnection,
  signal: AbortSignal,
  step: (done: (error: Error | null, value?: T) => void) => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const settle = (error: Error | null, value?: T) => {
      connection.off('error', settle);
      connection.off('end', onEnd);
      signal.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else resolve(value as T);
    };
    const onEnd = () => settle(Object.assign(new Error('The connection was closed'), { code: 'ECONNECTION' }));
    const onAbort = () => {
      connection.close();
      settle(Object.assign(new Error('Stopped'), { code: 'ECONNECTION' }));
    };
    connection.once('error', settle);
    connection.once('end', onEnd);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else step(settle);
  });
}

function close(connection: SMTPConnection): void {
  // What happens to a connection that is given up concerns nobody, but an error without a listener ends the process.
  connection.on('error', () => undefined);
  connection.quit();
  setTimeout(() => connection.close(), 1_000).unref();
}

function failureOf(error: unknown): SmtpFailure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, responseCode, response, command } = error as Error & Partial<SmtpFailure>;
  return { code, responseCode, response, command, message: error.message };
}
