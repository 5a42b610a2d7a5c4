import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { House, Logger } from '@parley/runtime';
import { AccountRunner, needsRunner, type RunnerDeps } from './account-runner';
import type { Channels } from './channels';
import { Cursors } from './cursors';
import { Health } from './health';
import type { Intake } from './intake';
import { Notices } from './notices';

export interface RunnersOptions {
  readonly leaseMs?: number;
  readonly leaseRetryMs?: number;
}

const CHANNEL = 'parley_notices';

/** Keeps a runner for each active account that is to be read, and begins it anew when the account was changed. */
export class Runners implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly notices: Notices;
  private readonly log: Logger;
  private readonly deps: RunnerDeps;
  private readonly runners = new Map<string, AccountRunner>();
  /** Changes of an account are dealt with one after the other. */
  private readonly changing = new Map<string, Promise<void>>();
  private readonly endListening: (() => unknown)[] = [];
  private stopping: Promise<void> | undefined;

  constructor(
    private readonly house: House,
    private readonly channels: Channels,
    intake: Intake,
    options: RunnersOptions = {},
  ) {
    this.log = house.log.child({ app: 'ingest' });
    this.notices = new Notices(house.database);
    this.deps = {
      house,
      channels,
      intake,
      notices: this.notices,
      health: new Health(house),
      cursors: new Cursors(house.database),
      log: this.log,
      ...options,
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    this.house.stopping.addEventListener('abort', () => void this.stop(), { once: true });
    this.endListening.push(this.house.accounts.onChange((accountId) => this.refresh(accountId)));
    for (const account of await this.house.accounts.list()) this.refresh(account.id);
    try {
      this.endListening.push(await this.house.database.listen(CHANNEL, (accountId) => this.onNotified(accountId)));
    } catch (err) {
      this.log.warn({ err }, 'Cannot hear of notices that other processes took in; they are looked for each minute');
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stop();
  }

  /** Leaves the channels, and gives the accounts back for others to read. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private get stopped(): boolean {
    return this.stopping !== undefined;
  }

  private async end(): Promise<void> {
    await Promise.allSettled(this.endListening.splice(0).map((end) => end()));
    await Promise.allSettled(this.changing.values());
    await Promise.allSettled([...this.runners.values()].map((runner) => runner.stop()));
    await this.deps.health.settled();
  }

  /** Notices of these accounts were committed. */
  async wake(accountIds: Iterable<string>): Promise<void> {
    for (const accountId of new Set(accountIds)) {
      const runner = this.runners.get(accountId);
      if (runner?.isReading) runner.wake();
      else await this.house.database.notify(CHANNEL, accountId);
    }
  }

  private onNotified(accountId: string): void {
    const meant = accountId ? [this.runners.get(accountId)] : this.runners.values();
    for (const runner of meant) runner?.wake();
  }

  private refresh(accountId: string): void {
    if (this.stopped) return;
    const before = this.changing.get(accountId) ?? Promise.resolve();
    const change = before
      .then(() => this.begin(accountId))
      .catch((err) => this.log.error({ err, accountId }, 'An account cannot be read as it is set up'))
      .finally(() => {
        if (this.changing.get(accountId) === change) this.changing.delete(accountId);
      });
    this.changing.set(accountId, change);
  }

  private async begin(accountId: string): Promise<void> {
    await this.runners.get(accountId)?.stop();
    this.runners.delete(accountId);
    const account = await this.house.accounts.get(accountId);
    if (!account) return this.notices.removeAllOf(accountId);
    const connector = this.channels.connectorFor(account.channel);
    if (this.stopped || account.state !== 'active' || !connector || !needsRunner(connector)) return;
    // Settings that are no longer valid: said here, before anything is tried.
    this.channels.factsOf(account);
    const runner = new AccountRunner(account, connector, this.deps);
    this.runners.set(accountId, runner);
    runner.start();
  }
}
