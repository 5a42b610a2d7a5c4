import { storable, storableTime } from './storable';

describe('what Postgres can hold', () => {
  it('is left as it is, and the same value is given back', () => {
    const value = { text: 'a', list: [1, { b: null }], emoji: '👍' };
    expect(storable(value)).toBe(value);
  });

  it('is without NUL and without halves of characters, in keys too', () => {
    const value = { 'k\0': ['a\0', '\ud800x', { b: 'y\udc00' }], untouched: [1] };
    expect(storable(value)).toEqual({ k: ['a', '\ufffdx', { b: 'y\ufffd' }], untouched: [1] });
    expect(Object.keys(storable(JSON.parse('{"__proto__":"\\u0000"}') as object))).toEqual(['__proto__']);
  });

  // Each level was once cleaned twice when something below it changed: forty levels took for ever.
  it('is found in time where it is nested deep', () => {
    let value: unknown = 'a\0';
    for (let level = 0; level < 20_000; level++) value = { value };
    let cleaned = storable(value) as { value: never };
    for (let level = 0; level < 63; level++) cleaned = cleaned.value;
    expect(cleaned.value).toBeNull();
  });

  it('is a time between 1970 and 9999', () => {
    const fallback = '2026-05-06T10:00:00.000Z';
    expect(storableTime('2026-05-06T12:00:00+02:00', fallback)).toBe(fallback);
    for (const odd of ['', 'soon', '-271821-04-20T00:00:00Z', '+275760-09-13T00:00:00Z'])
      expect(storableTime(odd, fallback)).toBe(fallback);
  });
});
