import { Injectable } from '@nestjs/common';
import { House, ProblemError } from '@parley/runtime';
import type { FastifyReply } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const WINDOW_S = 1;
/** Many visitors may share an address: an office, a mobile network, a proxy in front of us. */
const PUBLIC = { points: 300, duration: 10 };

/**
 * So many requests per second and key, in this process. Tells of it in the headers of
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/.
 */
@Injectable()
export class RateLimits {
  private readonly limiter: RateLimiterMemory | null;
  private readonly addresses = new RateLimiterMemory(PUBLIC);
  private readonly quota: number;

  constructor(house: House) {
    this.quota = house.config.rateLimit;
    this.limiter = this.quota > 0 ? new RateLimiterMemory({ points: this.quota, duration: WINDOW_S }) : null;
  }

  /** @throws ProblemError 429 with `Retry-After`. */
  async take(key: string, reply: FastifyReply): Promise<void> {
    if (!this.limiter) return;
    const state = await consumed(this.limiter, key);
    this.tell(reply, state.left);
    if (state.refused) throw tooMany(`This key may ask ${this.quota} times per second.`, state.left);
  }

  /** For calls without a key: by who calls. @throws ProblemError 429 with `Retry-After`. */
  async takePublic(account: string, address: string): Promise<void> {
    if (!this.limiter) return;
    const state = await consumed(this.addresses, `${account}/${address}`);
    if (state.refused) throw tooMany('Too many calls from this address in a short time.', state.left);
  }

  private tell(reply: FastifyReply, state: RateLimiterRes): void {
    reply.header('ratelimit-policy', `"key";q=${this.quota};w=${WINDOW_S}`);
    reply.header('ratelimit', `"key";r=${Math.max(0, state.remainingPoints)};t=${secondsUntil(state)}`);
  }
}

async function consumed(limiter: RateLimiterMemory, key: string): Promise<{ refused: boolean; left: RateLimiterRes }> {
  try {
    return { refused: false, left: await limiter.consume(key) };
  } catch (left) {
    if (!(left instanceof RateLimiterRes)) throw left;
    return { refused: true, left };
  }
}

const tooMany = (detail: string, left: RateLimiterRes): ProblemError =>
  new ProblemError(429, 'too-many-requests', detail, { headers: { 'retry-after': String(secondsUntil(left)) } });

const secondsUntil = (state: RateLimiterRes): number => Math.max(1, Math.ceil(state.msBeforeNext / 1_000));
