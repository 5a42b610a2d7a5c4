import { storable } from './storable';

describe('storable', () => {
  it('replaces what no store can hold, in keys as well, and leaves the rest', () => {
    const value = { 'a\0': ['\ud800', '👍', 1, null, true], __proto__x: 'é' };
    expect(storable(value)).toEqual({ 'a\ufffd': ['\ufffd', '👍', 1, null, true], __proto__x: 'é' });
  });

  it('keeps a key that looks like the prototype a key', () => {
    const clean = storable(JSON.parse('{"__proto__":{"admin":true}}'));
    expect(Object.keys(clean as object)).toEqual(['__proto__']);
    expect((clean as { admin?: boolean }).admin).toBeUndefined();
  });
});
