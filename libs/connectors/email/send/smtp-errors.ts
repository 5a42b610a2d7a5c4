import { ChannelError } from '@parley/connector';

/** What nodemailer tells about a failure. */
export interface SmtpFailure {
  readonly code?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  readonly command?: string | undefined;
  readonly message: string;
}

/** How far the mail had got. After `sent` the last dot may have been read, so that nobody can say whether it was taken. */
export type Stage = 'before-data' | 'in-data' | 'sent';

const MINUTE_MS = 60_000;

/** A failure as what should happen now. The server's own words decide; the stage only where the line broke. */
export function smtpError(failure: SmtpFailure, stage: Stage, cause?: unknown): ChannelError {
  const options = { cause };
  const { responseCode } = failure;
  if (responseCode) return answered(responseCode, failure, cause);
  switch (failure.code) {
    case 'EAUTH':
    case 'ENOAUTH':
    case 'EOAUTH2':
      return new ChannelError('unauthorized', 'The SMTP server does not accept this login.', { ...options, code: 'smtp-login' });
    case 'ETLS':
    case 'EREQUIRETLS':
      return new ChannelError('unavailable', 'No safe connection to the SMTP server can be made.', {
        ...options,
        code: 'smtp-tls',
        retryAfterMs: 5 * MINUTE_MS,
      });
    case 'EENVELOPE':
      return new ChannelError('rejected', 'The SMTP server cannot take this address.', { ...options, code: 'smtp-envelope' });
    case 'EMESSAGE':
      return new ChannelError('rejected', 'The mail is larger than the SMTP server takes.', {
        ...options,
        code: 'smtp-too-large',
      });
    default:
      return stage === 'sent'
        ? new ChannelError(
            'uncertain',
            'The connection broke after the mail was handed over; whether it was taken is not known.',
            { ...options, code: 'smtp-no-answer' },
          )
        : new ChannelError('unavailable', 'The SMTP server cannot be reached.', { ...options, code: 'smtp-unreachable' });
  }
}

function answered(responseCode: number, failure: SmtpFailure, cause: unknown): ChannelError {
  const status = enhancedStatus(failure.response ?? '');
  const said = `SMTP ${responseCode}${status ? ` ${status}` : ''}`;
  const options = { cause, code: `smtp-${responseCode}` };
  if (failure.code === 'EAUTH' || [530, 534, 535, 538].includes(responseCode) || status === '5.7.139')
    return responseCode >= 500 || failure.code !== 'EAUTH'
      ? new ChannelError('unauthorized', `The SMTP server does not accept this login (${said}).`, options)
      : new ChannelError('unavailable', `The SMTP server cannot check the login now (${said}).`, options);
  if (responseCode >= 500) {
    // 5xx with the status of a full mailbox passes by itself.
    if (/^[45]\.2\.2/.test(status))
      return new ChannelError('throttled', `The recipient's mailbox is full (${said}).`, {
        ...options,
        retryAfterMs: 60 * MINUTE_MS,
        scope: 'recipient',
      });
    return new ChannelError('rejected', `The SMTP server refused the mail (${said}).`, options);
  }
  const ofRecipient = failure.command === 'RCPT TO' || /^4\.(1|2)\./.test(status);
  if (ofRecipient)
    return new ChannelError('throttled', `The recipient's server asks to come back later (${said}).`, {
      ...options,
      retryAfterMs: 5 * MINUTE_MS,
      scope: 'recipient',
    });
  if (
    responseCode === 452 ||
    /^4\.(7|5\.3)/.test(status) ||
    /too (many|fast)|rate|limit|quota|throttl/i.test(failure.response ?? '')
  )
    return new ChannelError('throttled', `The SMTP server asks to slow down (${said}).`, { ...options, retryAfterMs: MINUTE_MS });
  return new ChannelError('unavailable', `The SMTP server takes nothing now (${said}).`, options);
}

const enhancedStatus = (response: string): string => /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? '';
