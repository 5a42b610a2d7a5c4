export type { MailClass } from './automatic';
export type { Invitation } from './calendar';
export { contentHash } from './content-hash';
export { LIMITS } from './limits';
export { type Mailbox, normalizeAddress, sameAddress } from './mailboxes';
export { OWN_MARK_HEADER, parseEmail, readFacts } from './parse-email';
export { type ParseOptions, parseEmailInWorker, stopParseWorker, withoutBody } from './parse-in-worker';
export type { AuthenticationResult, EmailFile, ParsedEmail } from './parsed-email';
export type { DeliveryReport } from './report';
