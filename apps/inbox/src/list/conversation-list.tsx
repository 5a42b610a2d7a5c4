import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation } from '../api/types';
import { SearchIcon } from '../ui/icons';
import { ConversationRow } from './conversation-row';

const ROW_PX = 78;

interface Props {
  readonly rows: readonly Conversation[];
  readonly query: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage' | 'isPending'>;
  readonly openId: string | null;
  readonly onOpen: (id: string) => void;
  readonly search: string;
  readonly onSearch: (text: string) => void;
  /** On a narrow screen one pane is shown at a time. */
  readonly hidden: boolean;
}

export function ConversationList({ rows, query, openId, onOpen, search, onSearch, hidden }: Props) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    getItemKey: (index) => rows[index]?.id ?? index,
  });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (last >= rows.length - 5 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  return (
    <section
      aria-label={t('list.label')}
      className={`${hidden ? 'hidden lg:flex' : 'flex'} w-full shrink-0 flex-col border-e border-line bg-pane md:w-80`}
    >
      <div className="relative p-3">
        <span className="pointer-events-none absolute start-6 top-1/2 -translate-y-1/2 text-muted">
          <SearchIcon />
        </span>
        <input
          id="search"
          type="search"
          value={search}
          onChange={(event) => onSearch(event.target.value)}
          placeholder={t('list.search')}
          aria-label={t('list.search')}
          className="w-full rounded-lg border border-line bg-sunken py-2 ps-9 pe-3"
        />
      </div>
      <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto">
        {query.isPending && <Skeletons />}
        {!query.isPending && rows.length === 0 && <Empty search={search} onClear={() => onSearch('')} />}
        <ul className="relative" style={{ height: virtual.getTotalSize() }}>
          {shown.map(({ index, key, start }) => {
            const conversation = rows[index];
            if (!conversation) return null;
            return (
              <li key={key} className="absolute inset-x-0" style={{ height: ROW_PX, transform: `translateY(${start}px)` }}>
                <ConversationRow conversation={conversation} current={conversation.id === openId} onOpen={onOpen} />
              </li>
            );
          })}
        </ul>
      </div>
    </section>
  );
}

function Empty({ search, onClear }: { search: string; onClear: () => void }) {
  const { t } = useTranslation();
  if (search.trim())
    return (
      <div className="p-8 text-center">
        <p>{t('list.noHit', { q: search.trim() })}</p>
        <button type="button" onClick={onClear} className="mt-2 text-accent underline">
          {t('list.clear')}
        </button>
      </div>
    );
  return (
    <div className="p-8 text-center">
      <p className="font-medium">{t('list.empty')}</p>
      <p className="mt-1 text-muted">{t('list.emptyHint')}</p>
    </div>
  );
}

function Skeletons() {
  return (
    <div aria-hidden="true">
      {Array.from({ length: 9 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: all alike, and never in another order
        <div key={index} className="flex animate-pulse gap-3 p-3" style={{ height: ROW_PX }}>
          <div className="size-9 rounded-full bg-sunken" />
          <div className="flex-1 space-y-2 pt-1">
            <div className="h-3 w-1/2 rounded bg-sunken" />
            <div className="h-3 w-5/6 rounded bg-sunken" />
          </div>
        </div>
      ))}
    </div>
  );
}
