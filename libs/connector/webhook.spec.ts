import { z } from 'zod';
import { WebhookRejection } from './errors';
import { equalsSecret, jsonPointer, readJsonBody, rejectionOf } from './webhook';

it('reads a body, and refuses what is not UTF-8 or not JSON', () => {
  expect(readJsonBody(Buffer.from('{"a":"ñ"}'))).toEqual({ a: 'ñ' });
  for (const body of [Buffer.alloc(0), Buffer.from('{'), Buffer.from([0x22, 0xff, 0x22])]) {
    expect(() => readJsonBody(body)).toThrow(WebhookRejection);
  }
});

it.each([
  [[], ''],
  [['entry', 0, 'id'], '/entry/0/id'],
  [['a/b', 'c~d'], '/a~1b/c~0d'],
])('points to %j as %s', (path, pointer) => {
  expect(jsonPointer(path)).toBe(pointer);
});

it('turns the first problem into a rejection', () => {
  const { error } = z.object({ list: z.array(z.number()) }).safeParse({ list: [1, 'x'] });
  expect(error && rejectionOf(error)).toMatchObject({ status: 400, code: 'malformed-body', pointer: '/list/1' });
});

it.each([
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['', 'a', false],
])('compares %p with %p', (given, expected, equal) => {
  expect(equalsSecret(given, expected)).toBe(equal);
});
