import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly bytes: Buffer;
}

/** What the server is to do with the next mails. */
export interface SmtpMood {
  recipient?: { code: number; text: string };
  data?: { code: number; text: string };
  /** Breaks the connection: before the mail, or after its last dot without an answer. */
  cut?: 'at-recipient' | 'after-data';
  /** Takes the mail and never answers. */
  silent?: boolean;
  password?: string;
  deliver?: (mail: TakenMail) => Promise<void>;
}

export interface SmtpSink {
  readonly port: number;
  readonly taken: TakenMail[];
  mood: SmtpMood;
  stop(): Promise<void>;
}

/** A real SMTP server on loopback that takes every mail, in the mood it is told to be in. */
export async function startSmtp(): Promise<SmtpSink> {
  const refused = ({ code, text }: { code: number; text: string }) => Object.assign(new Error(text), { responseCode: code });
  const hangUp = () => {
    for (const connection of server.connections) (connection as unknown as { _socket: { destroy(): void } })._socket.destroy();
  };
  const server = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    size: 25 * 1024 * 1024,
    logger: false,
    onAuth(auth, _session, done) {
      if (auth.password === (sink.mood.password ?? 's3cret')) return done(null, { user: auth.username });
      return done(refused({ code: 535, text: '5.7.8 Authentication credentials invalid' }));
    },
    onRcptTo(_address, _session, done) {
      if (sink.mood.cut === 'at-recipient') return hangUp();
      return done(sink.mood.recipient ? refused(sink.mood.recipient) : null);
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail: TakenMail = {
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map((each) => each.address),
          bytes: Buffer.concat(chunks),
        };
        if (sink.mood.data) return done(refused(sink.mood.data));
        sink.taken.push(mail);
        if (sink.mood.cut === 'after-data') return hangUp();
        if (sink.mood.silent) return;
        void Promise.resolve(sink.mood.deliver?.(mail)).then(
          () => done(null, 'queued'),
          (error) => done(error),
        );
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sink: SmtpSink = {
    port: (server.server.address() as AddressInfo).port,
    taken: [],
    mood: {},
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return sink;
}
