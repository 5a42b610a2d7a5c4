import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDecide } from '../api/actions';
import type { Message } from '../api/types';
import { LedgerDialog } from './ledger-dialog';

const marks: Record<string, string> = { sent: '✓', delivered: '✓✓', read: '✓✓' };
const TROUBLE = new Set(['failed', 'held', 'uncertain']);
const WAITING = new Set(['accepted', 'translated', 'queued']);

export function DeliveryLine({ message, delivery }: { message: Message; delivery: NonNullable<Message['delivery']> }) {
  const { t } = useTranslation();
  const [ledger, setLedger] = useState(false);
  const trouble = TROUBLE.has(delivery.state);
  return (
    <>
      <button
        type="button"
        onClick={() => setLedger(true)}
        title={t('delivery.ledger')}
        data-delivery={delivery.state}
        className={`text-end ${trouble ? 'font-semibold text-bad' : delivery.state === 'read' ? 'text-accent' : ''}`}
      >
        {marks[delivery.state]} {t(`delivery.${delivery.state}`)}
        {delivery.error && trouble ? `: ${delivery.error.message}` : ''}
      </button>
      {(trouble || (WAITING.has(delivery.state) && delivery.error)) && <Decisions message={message} state={delivery.state} />}
      {ledger && <LedgerDialog messageId={message.id} onClose={() => setLedger(false)} />}
    </>
  );
}

/** What leaves although a fact is in doubt takes a second click. */
function Decisions({ message, state }: { message: Message; state: string }) {
  const { t } = useTranslation();
  const decide = useDecide();
  const [sure, setSure] = useState(false);
  const act = (what: 'retry' | 'release' | 'cancel') => decide.mutate({ messageId: message.id, what });
  const style = 'rounded border border-line bg-pane px-1.5 py-0.5 text-[11px] text-ink hover:bg-sunken disabled:opacity-50';
  return (
    <span className="flex items-center gap-1">
      {state === 'held' ? (
        <button
          type="button"
          disabled={decide.isPending}
          className={style}
          onClick={() => (sure ? act('release') : setSure(true))}
        >
          {sure ? t('delivery.releaseSure') : t('delivery.release')}
        </button>
      ) : null}
      {state === 'failed' || state === 'uncertain' || state === 'held' ? (
        <button type="button" disabled={decide.isPending} className={style} onClick={() => act('retry')}>
          {t('delivery.retry')}
        </button>
      ) : null}
      {state !== 'failed' && (
        <button type="button" disabled={decide.isPending} className={style} onClick={() => act('cancel')}>
          {t('delivery.cancel')}
        </button>
      )}
      {decide.isError && <span className="text-bad">{decide.error.message}</span>}
    </span>
  );
}
