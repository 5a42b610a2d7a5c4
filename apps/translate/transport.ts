/** The consumers of this app are registered under it. */
export const TRANSLATE = Symbol('translate');
