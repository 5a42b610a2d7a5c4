export const D = '\\p{Nd}';
/** Not inside a longer word or number. Han, kana and Thai letters are no boundary problem: "订单AB-10234还没到". */
export const before = '(?<![\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}\\p{Nd}_])';
export const after = '(?![\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}\\p{Nd}_])';
/** Sizes stand alone: the XL of SKU-RED-XL-03 is no size. */
export const apart = `${before}(?<!-)`;
export const apartAfter = `${after}(?!-)`;
export const space = '[ \\u00a0\\u202f\\u3000]';

export const group = (source: string, flags = 'gu'): RegExp => new RegExp(source, flags);
