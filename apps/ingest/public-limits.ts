import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { House, ProblemError } from '@parley/runtime';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Many visitors may share an address: an office, a mobile network, a proxy in front of us. */
const PER_ADDRESS = { points: 300, duration: 10 };
const PER_VISITOR = { points: 20, duration: 10 };

/**
 * How fast the public may write: anybody can, so somebody will. Counted in this process alone; several processes together
 * let through that many times more.
 */
@Injectable()
export class PublicLimits {
  private readonly addresses = new RateLimiterMemory({ ...PER_ADDRESS, keyPrefix: 'address' });
  private readonly visitors = new RateLimiterMemory({ ...PER_VISITOR, keyPrefix: 'visitor' });
  private readonly isOff: boolean;

  constructor(house: House) {
    this.isOff = house.config.rateLimit === 0;
  }

  /** Before anything is looked at. @throws ProblemError 429 */
  async address(accountId: string, remoteAddress: string): Promise<void> {
    await this.take(this.addresses, `${accountId}/${remoteAddress}`);
  }

  /** @throws ProblemError 429 */
  async visitor(accountId: string, visitor: string): Promise<void> {
    // Whatever a visitor is called, the key is short.
    await this.take(this.visitors, createHash('sha256').update(`${accountId}/${visitor}`).digest('base64url'));
  }

  private async take(limiter: RateLimiterMemory, key: string): Promise<void> {
    if (this.isOff) return;
    try {
      await limiter.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const seconds = Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000));
      throw new ProblemError(429, 'too-many-requests', `Too many messages in a short time. Try again in ${seconds} s.`, {
        headers: { 'retry-after': String(seconds) },
      });
    }
  }
}
