import { randomUUID } from 'node:crypto';
import type { Database } from './database/database';
import type { Logger } from './logger';

/** The right to do something alone, among all processes, for as long as it is renewed. It renews itself. */
export interface Lease {
  readonly name: string;
  /** Grows with each owner: give it along with writes, so that those of an earlier owner can be told and refused. */
  readonly fence: bigint;
  /** Aborted once the lease is lost: another may have it by now, stop at once. */
  readonly signal: AbortSignal;
  /** Gives it back, so that the next need not wait for it to run out. */
  release(): Promise<void>;
}

export interface Leases {
  /** Null: somebody else has it. `ttlMs` is how long the others wait when its owner dies; renewed at a third of it. */
  acquire(name: string, ttlMs: number): Promise<Lease | null>;
}

/** Ends what a process before us held: for a house that is alone with its database, where nobody else can hold anything. */
export async function freeAllLeases(database: Database): Promise<void> {
  await database.query('*', 'UPDATE runtime.leases SET expires_at = now() WHERE expires_at > now()');
}

/** Times are the database's alone; our clock is only asked how long ago something was. */
export class PostgresLeases implements Leases {
  constructor(
    private readonly database: Database,
    private readonly log: Logger,
  ) {}

  async acquire(name: string, ttlMs: number): Promise<Lease | null> {
    const holder = randomUUID();
    const askedAt = performance.now();
    const { rows } = await this.database.query<{ fence: string }>(
      '*',
      `INSERT INTO runtime.leases AS lease (name, holder, fence, expires_at)
       VALUES ($1, $2, 1, now() + $3 * interval '1 millisecond')
       ON CONFLICT (name) DO UPDATE
         SET holder = excluded.holder, fence = lease.fence + 1, expires_at = excluded.expires_at
         WHERE lease.expires_at <= now()
       RETURNING fence`,
      [name, holder, ttlMs],
    );
    const fence = rows[0]?.fence;
    return fence === undefined ? null : new HeldLease(this.database, this.log, name, holder, BigInt(fence), ttlMs, askedAt);
  }
}

class HeldLease implements Lease {
  private readonly controller = new AbortController();
  private renewal: NodeJS.Timeout | undefined;
  private expiry: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly log: Logger,
    readonly name: string,
    private readonly holder: string,
    readonly fence: bigint,
    private readonly ttlMs: number,
    askedAt: number,
  ) {
    this.holdFrom(askedAt);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  async release(): Promise<void> {
    this.end('released');
    await this.database.query('*', 'UPDATE runtime.leases SET expires_at = now() WHERE name = $1 AND holder = $2', [
      this.name,
      this.holder,
    ]);
  }

  /** Counted from before the question: the database cannot have given us longer. */
  private holdFrom(askedAt: number): void {
    clearTimeout(this.expiry);
    this.expiry = setTimeout(() => this.lose('not renewed in time'), Math.max(0, this.ttlMs - (performance.now() - askedAt)));
    this.expiry.unref();
    this.renewal = setTimeout(() => void this.renew(), this.ttlMs / 3);
    this.renewal.unref();
  }

  private async renew(): Promise<void> {
    const askedAt = performance.now();
    try {
      const { rowCount } = await this.database.query(
        '*',
        `UPDATE runtime.leases SET expires_at = now() + $3 * interval '1 millisecond' WHERE name = $1 AND holder = $2`,
        [this.name, this.holder, this.ttlMs],
      );
      if (this.signal.aborted) return;
      if (rowCount) this.holdFrom(askedAt);
      else this.lose('taken over');
    } catch (err) {
      if (this.signal.aborted) return;
      this.log.warn({ err, lease: this.name }, 'A lease could not be renewed');
      this.renewal = setTimeout(() => void this.renew(), this.ttlMs / 6);
      this.renewal.unref();
    }
  }

  private lose(reason: string): void {
    this.log.warn({ lease: this.name, reason }, 'A lease was lost');
    this.end(reason);
  }

  private end(reason: string): void {
    clearTimeout(this.expiry);
    clearTimeout(this.renewal);
    this.controller.abort(new Error(`The lease ${this.name} was ${reason}`));
  }
}
