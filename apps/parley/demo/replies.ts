import { appendEntries } from '@parley/event-log';
import type { DeliveryEntry } from '@parley/model';
import { createHttp, type House } from '@parley/runtime';
import { conversations, type DemoReply } from './conversations';
import type { StoredMessage } from './stored';

/** Answers as an agent would, through the API; how far they came is then said in the channel's stead. */
export async function sendReplies(
  house: House,
  url: string,
  merchantId: string,
  stored: readonly StoredMessage[],
): Promise<void> {
  const http = createHttp({ allowPrivateHosts: true });
  for (const conversation of conversations) {
    const place = stored.find((each) => each.conversation === conversation);
    if (!conversation.reply || !place) continue;
    const { data } = await http.post<{ id: string }>(
      `${url}/v1/conversations/${place.conversationId}/messages`,
      { text: conversation.reply.zh, translation: conversation.reply.text },
      {
        headers: { authorization: `Bearer ${house.config.apiKey}`, 'idempotency-key': `demo-${conversation.key}` },
      },
    );
    const entries = deliveryEntries(conversation.reply, { ...place, merchantId, messageId: data.id });
    await appendEntries(
      house.eventLog,
      'outbound.delivery',
      entries.map((entry) => ({ key: place.conversationId, entry })),
    );
  }
}

interface Place extends Pick<StoredMessage, 'accountId' | 'conversationId' | 'conversation'> {
  readonly merchantId: string;
  readonly messageId: string;
}

/** The states a reply went through, as `deliver` and the channel would have told them. */
function deliveryEntries(reply: DemoReply, place: Place): DeliveryEntry[] {
  const origin = { merchantId: place.merchantId, accountId: place.accountId, channel: place.conversation.channel };
  const externalId = `demo-${place.messageId}`;
  const at = new Date().toISOString();
  const sent: DeliveryEntry = {
    ...origin,
    kind: 'state',
    conversationId: place.conversationId,
    messageId: place.messageId,
    attempt: 1,
    state: 'sent',
    error: null,
    externalIds: [externalId],
    at,
  };
  const receipt = (state: 'delivered' | 'read'): DeliveryEntry => ({
    ...origin,
    kind: 'receipt',
    externalId,
    messageId: place.messageId,
    state,
    error: null,
    at,
  });
  switch (reply.state) {
    case 'sent':
      return [sent];
    case 'delivered':
      return [sent, receipt('delivered')];
    case 'read':
      return [sent, receipt('delivered'), receipt('read')];
    case 'failed':
      return [
        {
          ...sent,
          state: 'failed',
          externalIds: [],
          error: {
            code: '131026',
            message: 'WhatsApp could not deliver the message: the buyer may have blocked the shop, or uses an old app',
            retryable: false,
          },
        },
      ];
  }
}
