import { accountFacts, connectorFor } from '@parley/channels';
import type { ChannelEvent } from '@parley/connector';
import { type Account, type House, SecretBox } from '@parley/runtime';
import { conversations, type DemoConversation } from './conversations';
import { rawItems } from './raw-items';
import { accounts, SHOP_LANGUAGE } from './shop';

const secrets = new SecretBox('0123456789abcdef');
const house = { secrets } as unknown as House;
const NOW = Date.UTC(2030, 0, 15, 12);

function accountFor(conversation: DemoConversation): Account {
  const found = accounts.find((account) => account.channel === conversation.channel);
  if (!found) throw new Error(`no account for ${conversation.channel}`);
  return { ...found, merchantId: 'mer_1', merchantLanguage: SHOP_LANGUAGE };
}

async function heard(conversation: DemoConversation): Promise<ChannelEvent[]> {
  const account = accountFor(conversation);
  const facts = accountFacts(account, secrets);
  const events: ChannelEvent[] = [];
  for (const item of rawItems(house, account, conversation, NOW)) {
    events.push(...((await connectorFor(account.channel)?.normalize(item.content, facts)) ?? []));
  }
  return events;
}

const messagesIn = (events: readonly ChannelEvent[]) => events.filter((event) => event.kind === 'message');

describe('the demo shop', () => {
  it.each(accounts.map((account) => [account.channel, account] as const))('has settings %s accepts', (channel, account) => {
    expect(connectorFor(channel)?.settings.safeParse(account.settings)).toMatchObject({ success: true });
  });

  it.each(conversations.map((conversation) => [conversation.key, conversation] as const))(
    'says on its channel what was written for it: %s',
    async (_, conversation) => {
      const messages = messagesIn(await heard(conversation));
      expect(messages.map((message) => message.parts[0])).toEqual(
        conversation.messages.map(({ text }) => ({ kind: 'text', text: expect.stringContaining(text) })),
      );
      expect(new Set(messages.map((message) => message.thread.key)).size).toBe(1);
      expect(messages[0]?.contact.name).toBe(conversation.buyer.name);
    },
  );

  it('is the same shop when it is begun again', async () => {
    for (const conversation of conversations) {
      const [first, second] = await Promise.all([heard(conversation), heard(conversation)]);
      expect(messagesIn(second).map(({ externalId }) => externalId)).toEqual(
        messagesIn(first).map(({ externalId }) => externalId),
      );
    }
  });

  it('keeps every fact in its translations', () => {
    const factsOf = (text: string) => (text.match(/[A-Z]{2,}-?\d[\w-]*|IP65/g) ?? []).sort();
    for (const { messages, reply } of conversations) {
      for (const { text, zh } of [...messages, ...(reply ? [reply] : [])]) expect(factsOf(zh)).toEqual(factsOf(text));
    }
  });
});
