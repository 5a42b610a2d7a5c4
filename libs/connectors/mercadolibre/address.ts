import { ChannelError, type NewThread } from '@parley/connector';
import type { ReplyAddress } from '@parley/model';
import { z } from 'zod';
import { isAssistant, type Settings } from './settings';

/** Global Selling has the same resources under a path of its own. */
export type Base = '' | '/marketplace';

const packAddress = z.object({
  kind: z.literal('pack'),
  /** The order's number where it has no pack. */
  packId: z.string(),
  /** Who spoke last on the buyer's side: the buyer, or the assistant in between. Null: nobody yet. */
  to: z.string().nullable(),
  /** An assistant takes one message at a time. */
  assistant: z.boolean(),
  siteId: z.string(),
  base: z.enum(['', '/marketplace']).default(''),
});
const addressSchema = z.discriminatedUnion('kind', [
  packAddress,
  z.object({ kind: z.literal('question'), questionId: z.string() }),
  z.object({
    kind: z.literal('claim'),
    claimId: z.string(),
    receiver: z.enum(['complainant', 'mediator']).default('complainant'),
  }),
  /** A message whose purchase is not known. */
  z.object({ kind: z.literal('none') }),
]);

/** How to answer in a thread of this channel. */
export type Address = z.infer<typeof addressSchema>;
export type PackAddress = z.infer<typeof packAddress>;

export const packAddressOf = (packId: string, to: string | null, siteId: string, base: Base = ''): PackAddress => ({
  kind: 'pack',
  packId,
  to,
  assistant: isAssistant(to),
  siteId,
  base,
});

/** @throws ChannelError `rejected` */
export function readAddress(address: ReplyAddress): Address {
  const parsed = addressSchema.safeParse(address);
  if (parsed.success && parsed.data.kind !== 'none') return parsed.data;
  throw new ChannelError('rejected', 'This conversation names no purchase, question or claim to answer in.', {
    code: 'no-address',
  });
}

/** A conversation begins with a purchase: the address is the number of its pack, or of the order where it has none. */
export function newThreadTo(to: { readonly address: string }, account: { readonly settings: Settings }): NewThread {
  // User ids are numbers too, but shorter ones.
  const [, packId] = /^(?:pack:(?=\d)|(?=\d{11}))(\d{1,20})$/.exec(to.address.trim()) ?? [];
  if (!packId)
    throw new ChannelError('rejected', 'Name the pack or order to write about, such as 2000001234567890.', {
      code: 'bad-address',
    });
  const address = packAddressOf(packId, null, account.settings.siteId);
  return { thread: { key: `pack:${packId}`, address: { ...address } }, contactAddress: `pack:${packId}` };
}
