import { isDeepStrictEqual } from 'node:util';
import { type AccountFacts, ChannelError, type Connector, type SendResult } from '@parley/connector';
import { checkCapabilities, draftOf, type ReadyEntry } from './draft';
import type { LedgerRequest, Plan } from './ledger';

/**
 * The requests that bring a message to the buyer. What an earlier attempt brought already, before it broke off, is
 * carried over and not sent again.
 * @throws ChannelError `rejected` when the channel cannot say the message.
 */
export function planFor(
  entry: ReadyEntry,
  connector: Connector,
  account: AccountFacts<any>,
  before: readonly LedgerRequest[],
): Plan {
  checkCapabilities(entry.outcome.parts, connector.capabilities);
  const { requests, losses } = connector.render(draftOf(entry), account);
  if (requests.length === 0)
    throw new ChannelError('rejected', 'Nothing of this message can be said on this channel', { code: 'nothing-to-send' });
  // As the ledger will give them back.
  const plain = requests.map((request) => JSON.parse(JSON.stringify(request)) as unknown);
  const carried = carriedOver(plain, before);
  return { requests: plain.map((request, index) => ({ request, carried: carried[index] ?? null })), losses };
}

/** Only the beginning that is the same, and only of an attempt that did not come to its end. */
function carriedOver(requests: readonly unknown[], before: readonly LedgerRequest[]): SendResult[] {
  if (before.every(({ state }) => state === 'sent')) return [];
  const carried: SendResult[] = [];
  for (const [index, request] of requests.entries()) {
    const earlier = before[index];
    if (earlier?.state !== 'sent' || !earlier.result || !isDeepStrictEqual(earlier.request, request)) break;
    carried.push(earlier.result);
  }
  // A person asked for it to be sent: something is.
  return carried.length < requests.length ? carried : [];
}
