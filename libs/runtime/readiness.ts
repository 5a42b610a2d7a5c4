import { Injectable } from '@nestjs/common';
import { House } from './house';
import type { Backlog, Behind } from './metrics/backlog';

export interface Check {
  readonly ok: boolean;
  readonly message: string;
}

export interface Needs {
  readonly database: boolean;
  readonly backlog?: Backlog;
}

/** From here on it is worth naming; it is no reason not to be ready, because only who works can catch up. */
const WAITED_MS = 10_000;
const TOLD_MAX = 5;
const DATABASE_TIMEOUT_MS = 2_000;
const BACKLOG_TIMEOUT_MS = 1_000;

/** Is everything there that the apps of this process work with? */
@Injectable()
export class Readiness {
  constructor(
    private readonly house: House,
    private readonly needs: Needs = { database: true },
  ) {}

  async check(): Promise<{ ready: boolean; checks: Record<string, Check> }> {
    const [database, backlog] = await Promise.all([this.database(), this.backlog()]);
    const checks = { database, log: this.log(), backlog, process: this.process() };
    const ready = checks.log.ok && checks.process.ok && (checks.database.ok || !this.needs.database);
    return { ready, checks };
  }

  private async database(): Promise<Check> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('it did not answer in time')), DATABASE_TIMEOUT_MS);
    });
    const asked = this.house.database.pool.query('SELECT 1');
    asked.catch(() => undefined);
    try {
      await Promise.race([asked, late]);
      return { ok: true, message: 'answers' };
    } catch (err) {
      this.house.log.debug({ err }, 'The database is not ready');
      const code = (err as { code?: unknown }).code;
      return { ok: false, message: `does not answer${typeof code === 'string' ? ` (${code})` : ''}` };
    } finally {
      clearTimeout(timer);
    }
  }

  private log(): Check {
    const health = this.house.eventLog.health();
    const ok = health.state === 'running' || health.state === 'rebalancing';
    const reads = `reads ${health.assigned} partitions`;
    return { ok, message: health.error ? `${health.state}: ${health.error}` : `${health.state}, ${reads}` };
  }

  /** What waits to be handled, the longest first. */
  private async backlog(): Promise<Check> {
    const all = await lookedAt(this.needs.backlog);
    if (!all) return { ok: true, message: 'not known' };
    const waiting = all.filter(({ records }) => records > 0).sort((a, b) => (b.oldestMs ?? 0) - (a.oldestMs ?? 0));
    const old = waiting.filter(({ oldestMs }) => (oldestMs ?? 0) >= WAITED_MS);
    if (old.length === 0) return { ok: true, message: waiting.length === 0 ? 'nothing waits' : 'what waits is new' };
    const told = old.slice(0, TOLD_MAX).map(({ group, topic, records, oldestMs }) => {
      return `${group} is ${records} records behind on ${topic}, for ${Math.round((oldestMs ?? 0) / 1000)} s`;
    });
    return { ok: true, message: told.join('; ') };
  }

  private process(): Check {
    const stopping = this.house.stopping.aborted;
    return { ok: !stopping, message: stopping ? 'is stopping' : 'runs' };
  }
}

/** Null: it takes longer than whoever asks should wait. */
async function lookedAt(backlog: Backlog | undefined): Promise<readonly Behind[] | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), BACKLOG_TIMEOUT_MS);
  });
  return Promise.race([backlog?.look() ?? [], late]).finally(() => clearTimeout(timer));
}
