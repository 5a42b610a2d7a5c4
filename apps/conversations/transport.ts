/** Registers this app's consumers: `@EventPattern('inbound.message', CONVERSATIONS)`. */
export const CONVERSATIONS = Symbol('conversations');
