/**
 * The public face of the store. Reading functions take any client inside a transaction for the merchant
 * (`Database.transaction(merchantId, …)`). Writing functions take a `Transaction` of `Transactions.run(merchantId | '*', …)`,
 * which gives events their positions as the last thing before the commit and tells the listeners after it. Several writes may share
 * one run.
 */
export {
  type ConversationPatch,
  changeOwner,
  type NewConversation,
  openConversation,
  patchConversation,
  storeNote,
  wakeSnoozed,
} from './conversation-changes';
export {
  type ConversationFilter,
  getConversation,
  getThread,
  listConversations,
  lockThread,
  type Thread,
} from './conversation-reads';
export { CursorError, type Page } from './cursor';
export {
  ACCOUNTS_CHANNEL,
  EVENTS_CHANNEL,
  type EventDraft,
  type EventQuery,
  type EventRow,
  lastEventPosition,
  parseEventCursor,
  type Queryable,
  readEvents,
} from './event-stream';
export {
  externalIdsOf,
  findByExternalId,
  getMessage,
  getMessages,
  latestTurns,
  listMessages,
  outboundFacts,
  timesSeen,
} from './message-reads';
export { pruneWaiting } from './pruning';
export type { OutboundFacts } from './rows/message-rows';
export { getAccount, insertAccount, listAccounts, updateAccount } from './settings/accounts';
export type { AccountRecord } from './settings/accounts.tables';
export { contactAddress, getContact, patchContact } from './settings/contacts';
export { getDeadLetter, listDeadLetters, markReplayed, storeDeadLetters } from './settings/dead-letters';
export type { DeadLetterRecord } from './settings/dead-letters.tables';
export { deleteGlossaryTerm, getGlossaryTerm, glossaryVersion, listGlossary, putGlossaryTerm } from './settings/glossary';
export type { GlossaryTerm } from './settings/glossary.tables';
export {
  claimIdempotencyKey,
  completeIdempotencyKey,
  type IdempotencyClaim,
  releaseIdempotencyKey,
} from './settings/idempotency';
export {
  createMerchant,
  findApiKey,
  getMerchant,
  hashApiKey,
  insertApiKey,
  listApiKeys,
  listMerchants,
  newApiKey,
  revokeApiKey,
  touchApiKeys,
} from './settings/merchants';
export type { ApiKeyRecord, MerchantRecord } from './settings/merchants.tables';
export {
  applyDelivery,
  attachOutbound,
  attachTranslations,
  settleEchoes,
  storeEntries,
  storeInbound,
  storeOutbound,
  type ViewTopic,
} from './store-entries';
export { type Transaction, Transactions } from './transactions';
