import { useCallback, useSyncExternalStore } from 'react';

const PATTERN = /^\/c\/(cnv_[0-9a-z]+)/;
const listeners = new Set<() => void>();
const subscribe = (listener: () => void) => {
  listeners.add(listener);
  addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('popstate', listener);
  };
};

/** Which conversation is open is part of the address: it can be shared, and "back" goes back. */
export function useOpenConversation(): [string | null, (id: string | null) => void] {
  const id = useSyncExternalStore(subscribe, () => PATTERN.exec(location.pathname)?.[1] ?? null);
  const open = useCallback((next: string | null) => {
    const path = next ? `/c/${next}` : '/';
    if (path !== location.pathname) history.pushState(null, '', path);
    for (const listener of listeners) listener();
  }, []);
  return [id, open];
}
