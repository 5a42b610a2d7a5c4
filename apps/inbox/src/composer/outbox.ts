import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { sendReply } from '../api/actions';
import { upsertMessage } from '../api/queries';
import type { ReplyBody } from '../api/types';

/** A reply that the server has not taken yet. Its key makes a second try the same message. */
export interface Pending {
  readonly key: string;
  readonly body: ReplyBody;
  readonly text: string;
  readonly error: string | null;
}

/** Sends replies, and keeps each one until the server has it. */
export function useOutbox(conversationId: string) {
  const client = useQueryClient();
  const [pending, setPending] = useState<readonly Pending[]>([]);
  const without = (key: string) => setPending((all) => all.filter((one) => one.key !== key));

  const attempt = async (one: Pending) => {
    setPending((all) => [...all.filter((known) => known.key !== one.key), { ...one, error: null }]);
    try {
      const message = await sendReply(conversationId, one.body, one.key);
      upsertMessage(client, message);
      without(one.key);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      setPending((all) => all.map((known) => (known.key === one.key ? { ...known, error: reason } : known)));
    }
  };
  return {
    pending,
    send: (body: ReplyBody, text: string) => void attempt({ key: crypto.randomUUID(), body, text, error: null }),
    again: (one: Pending) => void attempt(one),
    discard: (one: Pending) => without(one.key),
  };
}
