import { useQuery } from '@tanstack/react-query';
import { Dialog } from 'radix-ui';
import { useTranslation } from 'react-i18next';
import { messageLedger } from '../api/actions';

/** Everything that is known of a message's way: each attempt, each request, each receipt. */
export function LedgerDialog({ messageId, onClose }: { messageId: string; onClose: () => void }) {
  const { t } = useTranslation();
  const ledger = useQuery({
    queryKey: ['ledger', messageId],
    queryFn: ({ signal }) => messageLedger(messageId, signal),
    staleTime: 0,
  });
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 bg-black/40" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-x-4 top-1/2 mx-auto max-h-[80vh] max-w-2xl -translate-y-1/2 overflow-auto rounded-2xl bg-pane p-5 shadow-xl"
        >
          <div className="mb-3 flex items-center justify-between">
            <Dialog.Title className="font-semibold">{t('ledger.title')}</Dialog.Title>
            <Dialog.Close className="rounded border border-line px-2 py-1 text-xs hover:bg-sunken">
              {t('ledger.close')}
            </Dialog.Close>
          </div>
          <pre className="overflow-auto rounded-lg bg-sunken p-3 text-xs whitespace-pre-wrap">
            {ledger.isPending
              ? t('ledger.loading')
              : ledger.isError
                ? ledger.error.message
                : JSON.stringify(ledger.data, null, 2)}
          </pre>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
