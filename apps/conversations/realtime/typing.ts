import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { House } from '@parley/runtime';

export interface Typing {
  readonly merchantId: string;
  readonly accountId: string;
  readonly conversationId: string;
  readonly from: 'buyer' | 'agent';
  readonly on: boolean;
}

const TYPING_CHANNEL = 'parley_typing';

/** Who is writing right now: told to every process, kept by none. */
@Injectable()
export class TypingNews implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly listeners = new Set<(typing: Typing) => void>();
  private unlisten: (() => Promise<void>) | undefined;

  constructor(private readonly house: House) {}

  async onApplicationBootstrap(): Promise<void> {
    this.unlisten = await this.house.database.listen(TYPING_CHANNEL, (payload) => {
      // Empty: some were missed, and nobody needs to know.
      if (payload) for (const listener of this.listeners) listener(JSON.parse(payload) as Typing);
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.unlisten?.().catch(() => undefined);
  }

  async tell(typing: Typing): Promise<void> {
    try {
      await this.house.database.notify(TYPING_CHANNEL, JSON.stringify(typing));
    } catch (err) {
      this.house.log.debug({ err }, 'That somebody is typing could not be told');
    }
  }

  onTyping(listener: (typing: Typing) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

const EVERY_MS = 1_000;

/** Not more than one a second from one socket; that it stopped is always told. */
export function typingGate(): (on: boolean) => boolean {
  let last = 0;
  let lastOn = false;
  return (on) => {
    const now = Date.now();
    if (on === lastOn && now - last < EVERY_MS) return false;
    last = now;
    lastOn = on;
    return true;
  };
}
