export { orderNumbers } from './order-number';
export { makeMark, messageIdOf, type OwnMark, readMark } from './own-mark';
export { makeReplyAddress, readReplyAddress } from './reply-address';
export { baseSubject, hasReplyPrefix } from './subject';
export { type EmailAddress, referencesAfter, type Threading, threadOf } from './thread-of';
