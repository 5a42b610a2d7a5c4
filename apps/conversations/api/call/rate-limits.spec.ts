import { type House, ProblemError } from '@parley/runtime';
import type { FastifyReply } from 'fastify';
import { RateLimits } from './rate-limits';

const limitsOf = (rateLimit: number) => new RateLimits({ config: { rateLimit } } as unknown as House);

function replyWithHeaders() {
  const headers: Record<string, unknown> = {};
  const reply = { header: (name: string, value: unknown) => (headers[name] = value) } as unknown as FastifyReply;
  return { headers, reply };
}

it('counts each key by itself, and tells what is left', async () => {
  const limits = limitsOf(2);
  const { headers, reply } = replyWithHeaders();
  await limits.take('key_1', reply);
  expect(headers).toEqual({ 'ratelimit-policy': '"key";q=2;w=1', ratelimit: '"key";r=1;t=1' });
  await limits.take('key_1', reply);
  await limits.take('key_2', reply);
  const refusal = await limits.take('key_1', reply).then(
    () => null,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(ProblemError);
  expect(refusal).toMatchObject({ status: 429, code: 'too-many-requests', headers: { 'retry-after': '1' } });
  expect(headers['ratelimit']).toBe('"key";r=0;t=1');
});

it('lets all through at 0', async () => {
  const { headers, reply } = replyWithHeaders();
  for (let i = 0; i < 100; i++) await limitsOf(0).take('key_1', reply);
  expect(headers).toEqual({});
});
