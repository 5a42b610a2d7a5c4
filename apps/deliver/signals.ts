import type { OutboundSignal } from '@parley/model';
import type { House, Logger } from '@parley/runtime';
import type { Channels } from './channels';

const AT_ONCE_MAX = 8;
const WAITING_MAX = 1_000;
const SIGNAL_MS_MAX = 15_000;

/**
 * Read marks and reactions: brought once or not at all. They wait in memory, so that a slow channel holds up nothing that
 * matters; what cannot be brought is dropped with a log line.
 */
export class Signals {
  private readonly log: Logger;
  private readonly waiting: OutboundSignal[] = [];
  private running = 0;

  constructor(
    private readonly house: House,
    private readonly channels: Channels,
  ) {
    this.log = house.log.child({ app: 'deliver' });
  }

  bring(signal: OutboundSignal): void {
    if (signal.signal.kind === 'cancel') return;
    if (this.waiting.length >= WAITING_MAX) {
      this.drop(signal, 'too many wait');
      return;
    }
    this.waiting.push(signal);
    this.next();
  }

  private next(): void {
    while (this.running < AT_ONCE_MAX && !this.house.stopping.aborted) {
      const signal = this.waiting.shift();
      if (!signal) return;
      this.running += 1;
      void this.send(signal)
        .catch((err) => this.log.warn({ err, ...about(signal) }, 'A signal could not be brought to the channel'))
        .finally(() => {
          this.running -= 1;
          this.next();
        });
    }
  }

  private async send({ accountId, externalId, address, signal, ...rest }: OutboundSignal): Promise<void> {
    const about = { accountId, signal, ...rest };
    const account = await this.house.accounts.get(accountId);
    if (account?.state !== 'active') return this.drop(about, 'the account is not active');
    const connector = this.channels.connectorFor(account.channel);
    const context = this.channels.contextFor(account, AbortSignal.any([this.house.stopping, AbortSignal.timeout(SIGNAL_MS_MAX)]));
    switch (signal.kind) {
      case 'read':
        return connector?.markRead?.(externalId, address, context);
      case 'reaction':
        return connector?.react?.(externalId, signal.emoji, address, context);
      case 'cancel':
        return;
    }
  }

  private drop(signal: Pick<OutboundSignal, 'accountId' | 'id' | 'signal'>, reason: string): void {
    this.log.info({ ...about(signal), reason }, 'A signal was dropped');
  }
}

const about = ({ accountId, id, signal }: Pick<OutboundSignal, 'accountId' | 'id' | 'signal'>) => ({
  accountId,
  signalId: id,
  kind: signal.kind,
});
