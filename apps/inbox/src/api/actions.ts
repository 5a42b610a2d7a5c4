import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from './client';
import { upsertMessage } from './queries';
import type { Conversation, Message, Preview, ReplyBody } from './types';

export const sendReply = (conversationId: string, body: ReplyBody, idempotencyKey: string): Promise<Message> =>
  call(`/v1/conversations/${conversationId}/messages`, { method: 'POST', body, idempotencyKey });

export const previewReply = (conversationId: string, body: ReplyBody & { backTranslate?: boolean }, signal: AbortSignal) =>
  call<Preview>(`/v1/conversations/${conversationId}/messages/preview`, { method: 'POST', body, signal });

export const messageLedger = (messageId: string, signal: AbortSignal) =>
  call<Record<string, unknown>>(`/v1/messages/${messageId}/ledger`, { signal });

export function uploadMedia(file: File): Promise<{ id: string; url: string; mime: string; name: string; sizeBytes: number }> {
  const form = new FormData();
  form.append('file', file, file.name);
  return call('/v1/media', { method: 'POST', body: form, idempotencyKey: crypto.randomUUID() });
}

export function usePatchConversation(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (patch: { state?: Conversation['state']; read?: boolean; language?: string | null }) =>
      call<Conversation>(`/v1/conversations/${id}`, { method: 'PATCH', body: patch }),
    onSuccess: (conversation) => {
      client.setQueryData(['conversation', id], conversation);
      void client.invalidateQueries({ queryKey: ['conversations'] });
    },
  });
}

/** What a person may decide about a reply that did not leave. */
export function useDecide() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ messageId, what }: { messageId: string; what: 'retry' | 'release' | 'cancel' }) =>
      call<Message>(`/v1/messages/${messageId}/${what}`, { method: 'POST', body: {}, idempotencyKey: crypto.randomUUID() }),
    onSuccess: (message) => {
      if (message?.id) upsertMessage(client, message);
    },
  });
}
