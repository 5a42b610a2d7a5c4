export { email } from './email.connector';
export { eventsOf, normalizeEmail } from './normalize';
export {
  type EmailFile,
  LIMITS as emailLimits,
  type ParsedEmail,
  type ParseOptions,
  parseEmail,
  parseEmailInWorker,
  stopParseWorker,
} from './parse';
export { type ReplyOptions, type ReplySplit, splitReply } from './reply';
export type { MailRequest } from './send/mail-request';
export { type EmailSettings, emailSettings } from './settings';
export type { EmailAddress } from './thread';
