import type { LogDatabase, LogLogger } from '../log-database';

const CHANNEL = 'parley_log';
/** A payload holds 8000 bytes. */
const PAYLOAD_IDS_MAX = 1_000;
const ALL = '*';

type OnWake = () => void;

/**
 * Tells readers that there is something to read. Those of this process are called at once; other processes by NOTIFY, sent
 * after the commit, one at a time, for all that came meanwhile. A wake-up that is lost costs a poll's delay, no more.
 */
export class Wakeups {
  /** While no other process reads this log, nobody needs to be notified. */
  othersListen = true;
  private readonly readers = new Map<number, Set<OnWake>>();
  private readonly groups = new Map<string, Set<OnWake>>();
  private readonly pending = new Set<string>();
  private sending: Promise<void> | undefined;
  private ending: Promise<() => Promise<void>> | undefined;

  constructor(
    private readonly database: LogDatabase,
    private readonly logger: LogLogger,
    private readonly processId: string,
  ) {}

  /** Resolves once notifications of other processes arrive. */
  async listen(): Promise<void> {
    this.ending ??= this.database.listen(CHANNEL, (payload) => this.onNotification(payload));
    try {
      await this.ending;
    } catch (error) {
      this.ending = undefined;
      throw error;
    }
  }

  onRecords(partitionId: number, wake: OnWake): () => void {
    return register(this.readers, partitionId, wake);
  }

  onGroup(group: string, wake: OnWake): () => void {
    return register(this.groups, group, wake);
  }

  appended(partitionIds: readonly number[]): void {
    for (const id of partitionIds) call(this.readers.get(id));
    if (!this.othersListen) return;
    for (const id of partitionIds) this.pending.add(String(id));
    this.sending ??= this.send();
  }

  /** A member came, went or gave something back. */
  groupChanged(group: string): void {
    call(this.groups.get(group));
    this.pending.add(`@${group}`);
    this.sending ??= this.send();
  }

  async close(): Promise<void> {
    await this.sending;
    const end = await this.ending?.catch(() => undefined);
    await end?.();
  }

  private async send(): Promise<void> {
    // What is committed in the same moment goes along.
    await Promise.resolve();
    while (this.pending.size > 0) {
      const ids = [...this.pending];
      this.pending.clear();
      try {
        await this.database.notify(CHANNEL, `${this.processId} ${ids.length > PAYLOAD_IDS_MAX ? ALL : ids.join(' ')}`);
      } catch (err) {
        this.logger.debug({ err }, 'Other processes could not be notified; they look for themselves');
      }
    }
    this.sending = undefined;
  }

  private onNotification(payload: string): void {
    const [sender, ...ids] = payload.split(' ');
    if (sender === this.processId) return;
    if (sender) this.othersListen = true;
    if (!sender || ids[0] === ALL) {
      for (const wakes of [...this.readers.values(), ...this.groups.values()]) call(wakes);
      return;
    }
    for (const id of ids) call(id.startsWith('@') ? this.groups.get(id.slice(1)) : this.readers.get(Number(id)));
  }
}

function register<K>(all: Map<K, Set<OnWake>>, key: K, wake: OnWake): () => void {
  const wakes = all.get(key) ?? new Set();
  wakes.add(wake);
  all.set(key, wakes);
  return () => {
    wakes.delete(wake);
    if (wakes.size === 0 && all.get(key) === wakes) all.delete(key);
  };
}

function call(wakes: Set<OnWake> | undefined): void {
  if (wakes) for (const wake of [...wakes]) wake();
}
