import { useEffect, useState } from 'react';

const SHOWN_MS = 5_000;
const RESEND_MS = 3_000;

interface News {
  readonly conversationId: string;
  readonly on: boolean;
}

const listeners = new Set<(news: News) => void>();
let say: ((line: object) => void) | null = null;
let toldAt = 0;

/** The live line lends its voice; null when it is down. */
export function setVoice(voice: ((line: object) => void) | null): void {
  say = voice;
}

export function hearTyping(news: News): void {
  for (const listener of listeners) listener(news);
}

/** The buyer is told that somebody writes, every few seconds as long as that is so. */
export function tellTyping(conversationId: string): void {
  if (Date.now() - toldAt < RESEND_MS) return;
  toldAt = Date.now();
  say?.({ type: 'typing', conversationId });
}

/** Is the buyer of this conversation writing right now? */
export function useBuyerTyping(conversationId: string): boolean {
  const [typing, setTyping] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const listener = (news: News) => {
      if (news.conversationId !== conversationId) return;
      clearTimeout(timer);
      setTyping(news.on);
      if (news.on) timer = setTimeout(() => setTyping(false), SHOWN_MS);
    };
    listeners.add(listener);
    return () => {
      clearTimeout(timer);
      listeners.delete(listener);
    };
  }, [conversationId]);
  return typing;
}
