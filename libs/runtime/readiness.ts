import { Injectable } from '@nestjs/common';
import { House } from './house';

export interface Check {
  readonly ok: boolean;
  readonly message: string;
}

const DATABASE_TIMEOUT_MS = 2_000;

/** Is everything there that the apps of this process work with? */
@Injectable()
export class Readiness {
  constructor(
    private readonly house: House,
    private readonly needs: { readonly database: boolean } = { database: true },
  ) {}

  async check(): Promise<{ ready: boolean; checks: Record<string, Check> }> {
    const checks = { database: await this.database(), log: this.log(), process: this.process() };
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
    return { ok, message: health.error ? `${health.state}: ${health.error}` : health.state };
  }

  private process(): Check {
    const stopping = this.house.stopping.aborted;
    return { ok: !stopping, message: stopping ? 'is stopping' : 'runs' };
  }
}
