import {
  type Behaviour,
  type ConnectorDriver,
  describeConnector,
  type FakeProvider,
  type SampleMessage,
} from '@parley/connector/testing';
import { email, stopParseWorker } from '@parley/connectors/email';
import { itemOf } from '../libs/connectors/email/receive/fetch-mail';
import { type SmtpMood, startSmtp } from './support/smtp';

/** E-mail keeps the contract, with a real SMTP server that misbehaves. */
afterAll(stopParseWorker);

const mailOf = ({ id, from, text, at }: SampleMessage): Buffer =>
  Buffer.from(
    [
      `From: Buyer ${from} <buyer${from}@buyer.test>`,
      'To: support@lantern.test',
      'Subject: =?utf-8?B?6Z2S44GE?= lamp',
      `Message-ID: <${id}@buyer.test>`,
      `References: <root${from}@buyer.test>`,
      `Date: ${new Date(at).toUTCString()}`,
      'Content-Type: text/plain; charset=utf-8',
      '',
      text,
      '',
    ].join('\r\n'),
  );

const moods: Record<Exclude<Behaviour, 'unreachable' | 'slow'>, SmtpMood> = {
  ok: {},
  // SMTP knows no answer without meaning: the code says all.
  garbage: {},
  throttled: { data: { code: 452, text: '4.5.3 Too many messages' } },
  'server-error': { data: { code: 451, text: '4.3.0 Local error' } },
  cut: { cut: 'after-data' },
  'expired-token': { password: 'another one' },
  refused: { data: { code: 554, text: '5.7.1 Refused' } },
};

async function smtpProvider(): Promise<FakeProvider> {
  const smtp = await startSmtp();
  return {
    url: `127.0.0.1:${smtp.port}`,
    behave: (behaviour) => {
      if (behaviour !== 'slow' && behaviour !== 'unreachable') smtp.mood = moods[behaviour];
    },
    sentCount: () => smtp.taken.length,
    close: () => smtp.stop(),
  };
}

const driver: ConnectorDriver = {
  settings: (providerUrl) => {
    const [host = '127.0.0.1', port = '9'] = providerUrl.replace(/^https?:\/\//, '').split(':');
    return {
      address: 'support@lantern.test',
      name: 'Lantern',
      imap: { host, port: 1, secure: false, user: 'support', password: 's3cret' },
      smtp: { host, port: Number(port), secure: false, user: 'support', password: 's3cret' },
    };
  },
  inbound: {
    kind: 'items',
    items: (messages) => messages.map((message) => itemOf(mailOf(message), new Date(message.at))),
    unknownKind: (message) =>
      itemOf(Buffer.concat([Buffer.from('Content-Type: application/x-hologram\r\n'), mailOf(message)]), new Date(message.at)),
  },
  outbound: {
    provider: smtpProvider,
    describe: (request) => ({
      texts: request.text ? [request.text] : [],
      media: request.files.map((file: { mime: string }) => ({ mime: file.mime, caption: null })),
      choices: [],
    }),
    faults: { garbage: ['sent'] },
    // A mail server may take minutes after the last dot; how long is waited is tried in email-sending.
    never: ['slow'],
  },
};

describeConnector(email, driver);
