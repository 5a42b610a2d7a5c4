import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { previewReply } from '../api/actions';
import type { Preview } from '../api/types';

const TYPING_MS = 400;

/** The dry run of what is being written, a moment after the last key; the one before stays until the next is there. */
export function usePreview(conversationId: string, text: string, wanted: boolean, backTranslate: boolean) {
  const settled = useSettled(text.trim(), TYPING_MS);
  const query = useQuery<Preview>({
    queryKey: ['preview', conversationId, settled, backTranslate],
    queryFn: ({ signal }) => previewReply(conversationId, { text: settled, ...(backTranslate ? { backTranslate } : {}) }, signal),
    enabled: wanted && settled !== '',
    placeholderData: (before) => before,
    retry: false,
    staleTime: 60_000,
  });
  const current = settled === text.trim() && !query.isFetching;
  return { preview: wanted && settled !== '' ? query.data : undefined, current, error: query.error };
}

function useSettled(value: string, ms: number): string {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
