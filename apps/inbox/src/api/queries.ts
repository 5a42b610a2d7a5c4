import {
  type InfiniteData,
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useCallback } from 'react';
import { ApiError, call } from './client';
import type { Account, Conversation, Message, Page, RealtimeEvent } from './types';

export interface ConversationFilter {
  readonly state?: string;
  readonly unread?: boolean;
  readonly vip?: boolean;
  readonly channel?: string;
  readonly q?: string;
}

const LIST_PAGE = 40;
const THREAD_PAGE = 60;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (count, error) => !(error instanceof ApiError && error.status >= 400 && error.status < 500) && count < 3,
    },
  },
});

export const useAccounts = () =>
  useQuery({
    queryKey: ['accounts'],
    queryFn: ({ signal }) => call<Page<Account>>('/v1/accounts', { signal }),
    staleTime: 60_000,
  });

export const useConversations = (filter: ConversationFilter) =>
  useInfiniteQuery({
    queryKey: ['conversations', filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      call<Page<Conversation>>('/v1/conversations', { query: { ...filter, limit: LIST_PAGE, cursor: pageParam }, signal }),
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
  });

export const useConversation = (id: string) =>
  useQuery({
    queryKey: ['conversation', id],
    queryFn: ({ signal }) => call<Conversation>(`/v1/conversations/${id}`, { signal }),
  });

/** Newest page first; each page by sequence. `pageParam` is the sequence before which a page ends. */
export const useMessages = (conversationId: string) =>
  useInfiniteQuery({
    queryKey: ['messages', conversationId],
    initialPageParam: Number.MAX_SAFE_INTEGER,
    queryFn: ({ pageParam, signal }) =>
      call<Page<Message>>(`/v1/conversations/${conversationId}/messages`, {
        query: { before: pageParam, limit: THREAD_PAGE },
        signal,
      }),
    getNextPageParam: (last) => {
      const first = last.data[0];
      return first && first.sequence > 1 && last.data.length === THREAD_PAGE ? first.sequence : undefined;
    },
  });

export function upsertMessage(client: QueryClient, message: Message): void {
  client.setQueryData<InfiniteData<Page<Message>, number>>(['messages', message.conversationId], (old) => {
    const [newest, ...older] = old?.pages ?? [];
    if (!old || !newest) return old;
    const pages = [newest, ...older];
    const at = pages.findIndex((page) => page.data.some((known) => known.id === message.id));
    const touched = at < 0 ? 0 : at;
    return {
      ...old,
      pages: pages.map((page, index) => (index === touched ? { ...page, data: withMessage(page.data, message) } : page)),
    };
  });
}

const withMessage = (messages: Message[], message: Message): Message[] =>
  [...messages.filter((known) => known.id !== message.id), message].sort((a, b) => a.sequence - b.sequence);

function putConversation(client: QueryClient, conversation: Conversation): void {
  client.setQueryData(['conversation', conversation.id], conversation);
  client.setQueriesData<InfiniteData<Page<Conversation>>>(
    { queryKey: ['conversations'] },
    (old) =>
      old && {
        ...old,
        pages: old.pages.map((page) => ({
          ...page,
          data: page.data.map((known) => (known.id === conversation.id ? conversation : known)),
        })),
      },
  );
}

/** Brings an event into what is shown; what a filter may show anew is read again, at most every so often. */
export function useApplyEvent(): { apply: (event: RealtimeEvent) => void; readAgain: () => void } {
  const client = useQueryClient();
  const readAgain = useCallback(() => {
    void client.invalidateQueries({ queryKey: ['conversations'] });
    void client.invalidateQueries({ queryKey: ['conversation'] });
    void client.invalidateQueries({ queryKey: ['messages'] });
  }, [client]);
  const apply = useCallback(
    (event: RealtimeEvent) => {
      const { message, conversation } = event.data;
      if (message) upsertMessage(client, message);
      if (conversation) putConversation(client, conversation);
      if (event.type.includes('.account.')) void client.invalidateQueries({ queryKey: ['accounts'] });
      soon(client, message?.conversationId);
    },
    [client],
  );
  return { apply, readAgain };
}

const LISTS_EVERY_MS = 300;
const touched = new Set<string>();
let waiting = false;

function soon(client: QueryClient, conversationId: string | undefined): void {
  if (conversationId) touched.add(conversationId);
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    void client.invalidateQueries({ queryKey: ['conversations'] });
    for (const id of touched) void client.invalidateQueries({ queryKey: ['conversation', id] });
    touched.clear();
  }, LISTS_EVERY_MS);
}
