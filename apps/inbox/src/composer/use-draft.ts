import { useEffect, useState } from 'react';

const key = (id: string) => `parley.draft.${id}`;

/** What is being written, kept in the browser until it left. */
export function useDraft(conversationId: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => localStorage.getItem(key(conversationId)) ?? '');
  useEffect(() => {
    if (text) localStorage.setItem(key(conversationId), text);
    else localStorage.removeItem(key(conversationId));
  }, [conversationId, text]);
  return [text, setText];
}
