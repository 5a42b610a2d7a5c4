import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { House, ProblemError } from '@parley/runtime';
import { findApiKey, hashApiKey, touchApiKeys } from '../../store';
import type { Caller } from './caller';

/** NOTIFY after a key was revoked, or a merchant changed. */
export const KEYS_CHANNEL = 'parley_keys';

const BELIEVED_MS = 5_000;
const UNKNOWN_MS = 1_000;
const KEYS_MAX = 10_000;
const TOUCH_EVERY_MS = 60_000;

/** Finds whose a key is. Answers are believed for some seconds, so that a busy key does not cost a look-up per call. */
@Injectable()
export class KeyRing implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly known = new Map<string, { readonly caller: Caller | null; readonly until: number }>();
  private readonly used = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private unlisten: (() => Promise<void>) | undefined;

  constructor(private readonly house: House) {}

  async onApplicationBootstrap(): Promise<void> {
    this.timer = setInterval(() => void this.touch(), TOUCH_EVERY_MS);
    this.timer.unref();
    this.unlisten = await this.house.database.listen(KEYS_CHANNEL, () => this.known.clear());
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.touch();
    await this.unlisten?.().catch(() => undefined);
  }

  /** @throws ProblemError 401 for no key, an unknown or a revoked one; 403 for a merchant who is suspended. */
  async callerOf(given: string | null): Promise<Caller> {
    const caller = given === null ? null : await this.find(given);
    if (!caller) throw this.refusal();
    if (caller.merchant.state !== 'active') {
      throw new ProblemError(403, 'merchant-suspended', 'This merchant is suspended. Ask the operator.');
    }
    this.used.add(caller.key.id);
    return caller;
  }

  refusal(): ProblemError {
    return new ProblemError(401, 'unauthorized', 'This call needs a valid API key: "Authorization: Bearer <key>".', {
      headers: { 'www-authenticate': 'Bearer realm="parley"' },
    });
  }

  private async find(given: string): Promise<Caller | null> {
    const hash = hashApiKey(given);
    const name = hash.toString('base64');
    const known = this.known.get(name);
    if (known && known.until > Date.now()) return known.caller;
    const caller = await this.house.database.transaction('*', (client) => findApiKey(client, hash));
    if (this.known.size >= KEYS_MAX) this.known.clear();
    this.known.set(name, { caller, until: Date.now() + (caller ? BELIEVED_MS : UNKNOWN_MS) });
    return caller;
  }

  private async touch(): Promise<void> {
    const ids = [...this.used];
    this.used.clear();
    if (ids.length === 0) return;
    try {
      await this.house.database.transaction('*', (client) => touchApiKeys(client, ids));
    } catch (err) {
      this.house.log.debug({ err }, 'When keys were used last could not be noted');
    }
  }
}

export const bearerOf = (header: string | undefined): string | null => /^bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? null;
