import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useConversation } from '../api/queries';
import type { OrderRef } from '../api/types';
import { countryName, languageName } from '../i18n';
import { Avatar, Flag } from '../ui/avatar';
import { channelTitle } from '../ui/channel';
import { BoxIcon, CopyIcon } from '../ui/icons';

export function ContextPanel({ id }: { id: string }) {
  const { t, i18n } = useTranslation();
  const { data: conversation } = useConversation(id);
  if (!conversation)
    return <aside aria-label={t('context.label')} className="hidden w-72 shrink-0 border-s border-line bg-pane xl:block" />;
  const { contact } = conversation;
  const name = contact.name ?? t('list.noName');
  return (
    <aside
      aria-label={t('context.label')}
      className="hidden w-72 shrink-0 overflow-y-auto border-s border-line bg-pane p-4 xl:block"
    >
      <div className="flex items-center gap-3">
        <Avatar name={name} id={contact.id} size={44} />
        <div className="min-w-0">
          <p className="truncate font-semibold" dir="auto">
            {name}
          </p>
          {contact.vip && <span className="rounded bg-warn-soft px-1.5 text-xs font-semibold text-warn">VIP</span>}
        </div>
      </div>
      <dl className="mt-4 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        <Fact name={t('context.channel')}>{channelTitle(conversation.channel)}</Fact>
        <Fact name={t('context.language')}>{languageName(conversation.language, i18n.language)}</Fact>
        {contact.country && (
          <Fact name={t('context.country')}>
            <Flag country={contact.country} /> {countryName(contact.country, i18n.language)}
          </Fact>
        )}
        {contact.timeZone && <Fact name={t('context.localTime')}>{localTime(contact.timeZone, i18n.language)}</Fact>}
      </dl>
      <h2 className="mt-6 mb-2 flex items-center gap-1.5 font-semibold">
        <BoxIcon /> {t('context.orders')}
      </h2>
      {conversation.orders.length === 0 && <p className="text-muted">{t('context.noOrders')}</p>}
      <ul className="space-y-3">
        {conversation.orders.map((order) => (
          <li key={order.id}>
            <OrderCard order={order} />
          </li>
        ))}
      </ul>
    </aside>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="truncate">{children}</dd>
    </>
  );
}

function OrderCard({ order }: { order: OrderRef }) {
  const { t, i18n } = useTranslation();
  return (
    <div className="rounded-xl border border-line p-3">
      <div className="flex items-center justify-between gap-2">
        <bdi className="truncate font-medium" dir="ltr">
          #{order.number}
        </bdi>
        <Copy text={order.number} />
      </div>
      <p className="mt-0.5 flex flex-wrap gap-x-2 text-xs text-muted">
        {order.state && <span className="rounded bg-accent-soft px-1.5 text-accent">{order.state}</span>}
        {order.placedAt && (
          <span>{t('context.placed', { date: new Date(order.placedAt).toLocaleDateString(i18n.language) })}</span>
        )}
      </p>
      <ul className="mt-2 space-y-1.5">
        {order.items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an order may hold the same item twice
          <li key={index} className="flex gap-2">
            {item.image && /^https?:/.test(item.image) && <img src={item.image} alt="" className="size-9 rounded object-cover" />}
            <span className="min-w-0">
              <span className="line-clamp-2" dir="auto">
                {t('context.quantity', { count: item.quantity })} {item.title}
              </span>
              <span className="block text-xs text-muted" dir="auto">
                {[item.variant, item.sku].filter(Boolean).join(' · ')}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {order.total && (
        <p className="mt-2 text-end font-medium">
          {order.total} {order.currency}
        </p>
      )}
      {order.tracking.map((parcel) => (
        <p key={parcel.number} className="mt-2 flex items-center justify-between gap-2 text-xs">
          <bdi className="truncate" dir="ltr">
            {[parcel.carrier, parcel.number].filter(Boolean).join(' ')}
          </bdi>
          {parcel.url && /^https?:/.test(parcel.url) ? (
            <a className="text-accent underline" href={parcel.url} target="_blank" rel="noreferrer noopener">
              {t('context.track')}
            </a>
          ) : (
            <Copy text={parcel.number} />
          )}
        </p>
      ))}
    </div>
  );
}

function Copy({ text }: { text: string }) {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), 1_500);
  };
  return (
    <button
      type="button"
      onClick={() => void copy()}
      className="flex items-center gap-1 text-xs text-muted hover:text-ink"
      aria-label={`${t('context.copy')} ${text}`}
    >
      <CopyIcon size={13} /> {done ? t('context.copied') : ''}
    </button>
  );
}

function localTime(timeZone: string, page: string): string {
  try {
    return new Date().toLocaleTimeString(page, { timeZone, hour: '2-digit', minute: '2-digit' });
  } catch {
    return timeZone;
  }
}
