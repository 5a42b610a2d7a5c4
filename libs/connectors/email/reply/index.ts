export { foldLine } from './fold-line';
export { isForwardLine } from './separators';
export { type ReplyOptions, type ReplySplit, splitReply } from './split-reply';
