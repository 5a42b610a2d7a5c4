/**
 * `describe` where the component is there (`reason` null). Elsewhere: a failure on CI, a skip on a desk that says how to
 * enable it.
 */
export function describeWhere(reason: string | null, name: string, body: () => void): void {
  if (reason === null) {
    describe(name, body);
    return;
  }
  if (process.env['CI'] === 'true') {
    describe(name, () => {
      it('has what it needs', () => {
        throw new Error(reason);
      });
    });
    return;
  }
  console.log(`${name}: skipped, ${reason}`);
  describe.skip(name, body);
}
