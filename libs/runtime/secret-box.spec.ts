import { SecretBox } from './secret-box';

const box = new SecretBox('0123456789abcdef0123456789abcdef');

describe('SecretBox', () => {
  it('opens what it sealed, for the same owner only', () => {
    const sealed = box.seal('{"token":"hunter2 ✓"}', 'mer_a/acc_1');
    expect(sealed.toString('latin1')).not.toContain('hunter2');
    expect(box.open(sealed, 'mer_a/acc_1')).toBe('{"token":"hunter2 ✓"}');
    expect(() => box.open(sealed, 'mer_b/acc_1')).toThrow(expect.objectContaining({ code: 'sealed-broken' }));
  });

  it('never seals the same way twice', () => {
    expect(box.seal('x', 'a').equals(box.seal('x', 'a'))).toBe(false);
  });

  it('notices every changed byte', () => {
    const sealed = box.seal('secret', 'a');
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => box.open(changed, 'a')).toThrow();
    }
    expect(() => box.open(sealed.subarray(0, 10), 'a')).toThrow();
  });

  it('says so when the key is another one', () => {
    const other = new SecretBox('another key of sufficient length');
    expect(() => other.open(box.seal('secret', 'a'), 'a')).toThrow(expect.objectContaining({ code: 'wrong-secret-key' }));
  });

  it('derives a key for each purpose', () => {
    expect(box.derive('media links')).toHaveLength(32);
    expect(box.derive('media links')).toEqual(box.derive('media links'));
    expect(box.derive('media links')).not.toEqual(box.derive('sessions'));
  });
});
