/** The consumers of this app are registered under it. */
export const DELIVER = Symbol('deliver');
