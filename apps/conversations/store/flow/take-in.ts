import { inOrder } from '../in-order';
import { type AccountLock, lockAccounts } from '../rows/account-locks';
import type { StoredContact } from '../rows/contact-rows';
import type { StoredConversation } from '../rows/conversation-rows';
import type { RowKey } from '../rows/message-rows';
import { storableTime } from '../storable';
import type { Transaction } from '../transactions';
import { takeEdit, takeReaction, takeRecall, takeThread } from './annotations';
import { contactNews, isNews, newConversation } from './conversation-facts';
import { takeReceipt, takeState } from './deliveries';
import {
  type About,
  aboutOf,
  type Bringing,
  brings,
  type Fact,
  idleTarget,
  namesOf,
  ownKey,
  providedBy,
  type Target,
} from './facts';
import { takeEcho, takeLink, takeMessage } from './messages';
import { takeReply, takeReplyTranslated } from './replies';
import { takeTranslated } from './translations';
import { Workspace } from './workspace';

/**
 * Takes a batch into the view: a fixed number of statements whatever its size. What it says is decided in memory, under the
 * locks of the conversations concerned. A repeat is counted, changes nothing else and tells nobody.
 */
export async function takeIn(tx: Transaction, facts: readonly Fact[]): Promise<Workspace> {
  const workspace = new Workspace(tx);
  if (facts.length === 0) return workspace;
  // Given before what is read below, so done before it: only its failure has to be waited for.
  const locked = await lockFor(workspace, facts);
  const asked = new Set<Target>();
  const [, woken] = await inOrder([locked.done, load(workspace, facts, asked)]);
  for (let round: readonly Fact[] = woken; round.length > 0; ) round = await load(workspace, round, asked);
  for (const fact of facts) {
    for (let next: Fact | undefined = fact; next; next = workspace.nextAwake()) take(workspace, next);
  }
  tx.settle(workspace.write());
  return workspace;
}

function take(workspace: Workspace, fact: Fact): void {
  switch (fact.kind) {
    case 'message':
      takeMessage(workspace, fact.entry);
      break;
    case 'echo':
      takeEcho(workspace, fact);
      break;
    case 'reaction':
      takeReaction(workspace, fact);
      break;
    case 'edit':
      takeEdit(workspace, fact);
      break;
    case 'recall':
      takeRecall(workspace, fact);
      break;
    case 'thread':
      takeThread(workspace, fact);
      break;
    case 'link':
      takeLink(workspace, fact.entry);
      break;
    case 'translated':
      takeTranslated(workspace, fact);
      break;
    case 'reply':
      takeReply(workspace, fact.entry);
      break;
    case 'reply-translated':
      takeReplyTranslated(workspace, fact.entry);
      break;
    case 'state':
      takeState(workspace, fact);
      break;
    case 'receipt':
      takeReceipt(workspace, fact);
      break;
  }
}

/** The messages that facts change, as far as they do not bring them. */
function aboutsOf(facts: readonly Fact[]): About[] {
  return facts.flatMap((fact) => {
    const about = aboutOf(fact) ?? [];
    if (fact.kind !== 'link') return about;
    const { merchantId, accountId, messageId } = fact.entry;
    return [{ merchantId, accountId, messageId, externalId: null }, about].flat();
  });
}

/** Who may have to wait for something holds the account alone; then it is looked for once more, in `load`. */
async function lockFor(workspace: Workspace, facts: readonly Fact[]): Promise<{ done: Promise<void> }> {
  const threads = facts.filter((fact) => fact.kind === 'thread');
  await inOrder([
    workspace.locate(aboutsOf(facts)),
    workspace.locateConversations(threads.map(({ entry }) => ({ merchantId: entry.merchantId, id: entry.conversationId }))),
  ]);
  const provided = new Set(facts.flatMap(providedBy));
  const locks = new Map<string, AccountLock>();
  for (const fact of facts) {
    const { merchantId, accountId } = fact.entry;
    const key = `${merchantId}\n${accountId}`;
    const alone = mayWait(workspace, fact, provided);
    if (alone || (providedBy(fact).length > 0 && !locks.has(key))) locks.set(key, { merchantId, accountId, alone });
  }
  return { done: lockAccounts(workspace.tx.client, [...locks.values()]) };
}

function mayWait(workspace: Workspace, fact: Fact, provided: ReadonlySet<Target>): boolean {
  if (fact.kind === 'thread') return !workspace.isLocated(fact.entry.merchantId, fact.entry.conversationId);
  if (fact.kind === 'translated' && fact.entry.edit !== undefined) return true;
  const about = aboutOf(fact);
  if (about === null || workspace.homeOf(about) !== undefined) return false;
  // It brings what it is about, unless another message is what it is about.
  return fact.kind === 'echo' || !namesOf(about).some((name) => provided.has(name));
}

/**
 * Reads what these facts need. @returns facts that have waited for them, which may need more. What does not depend on each
 * other's answers is asked for at once, and answered in this order.
 */
async function load(workspace: Workspace, round: readonly Fact[], asked: Set<Target>): Promise<Fact[]> {
  const abouts = aboutsOf(round);
  const lost = abouts.filter((about) => workspace.homeOf(about) === undefined);
  if (lost.length > 0) await workspace.locate(lost);
  const bringing = round.filter(brings);
  const messages: RowKey[] = [
    ...abouts.flatMap((about) => workspace.candidates(about).map((id) => ({ merchantId: about.merchantId, id }))),
    ...bringing.map(({ entry }) => ({ merchantId: entry.merchantId, id: entry.messageId })),
  ];
  const [, , , woken] = await inOrder([
    workspace.lockConversations([...homesOf(workspace, abouts), ...round.flatMap(conversationKeyOf)]),
    workspace.loadMessages(messages),
    workspace.readContacts(bringing.map(({ entry }) => ({ merchantId: entry.merchantId, id: entry.contact.id }))),
    workspace.loadWaiting(unasked(round.flatMap(providedBy), asked)),
  ]);
  const toOpen = bringing.filter((fact) => isToBeStored(workspace, fact)).flatMap((fact) => openingOf(workspace, fact));
  if (await workspace.openConversations(toOpen)) await workspace.loadMessages(messages);
  await workspace.loadContacts(round.flatMap((fact) => contactNewsOf(workspace, fact)));
  return [...woken, ...(await workspace.loadWaiting(unasked(idleTargets(workspace), asked)))];
}

/** Each is asked for once. */
function unasked(targets: readonly Target[], asked: Set<Target>): Target[] {
  const fresh = [...new Set(targets)].filter((target) => !asked.has(target));
  for (const target of fresh) asked.add(target);
  return fresh;
}

const conversationKeyOf = (fact: Fact): RowKey[] =>
  brings(fact) || fact.kind === 'thread' ? [{ merchantId: fact.entry.merchantId, id: fact.entry.conversationId }] : [];

const homesOf = (workspace: Workspace, abouts: readonly About[]): RowKey[] =>
  abouts.flatMap((about) => {
    const id = workspace.homeOf(about);
    return id === undefined ? [] : [{ merchantId: about.merchantId, id }];
  });

const idleTargets = (workspace: Workspace): Target[] =>
  workspace
    .conversationsWithReplies()
    .map(({ merchantId, conversation }) => idleTarget({ merchantId, accountId: conversation.accountId }, conversation.id));

/** An echo of our own is not, nor is one that waits to be known for such. */
function isToBeStored(workspace: Workspace, fact: Bringing): boolean {
  const { entry } = fact;
  if (workspace.message(entry.merchantId, entry.messageId)) return false;
  if (fact.kind !== 'echo') return true;
  const about = aboutOf(fact);
  return about === null || (workspace.find(about) === undefined && (ownKey(fact.entry) === null || fact.late === true));
}

function openingOf(workspace: Workspace, { entry }: Bringing): StoredConversation[] {
  if (workspace.conversation(entry.merchantId, entry.conversationId)) return [];
  const language = 'targetLanguage' in entry ? (entry.targetLanguage ?? 'und') : 'und';
  const openedAt = storableTime('acceptedAt' in entry ? entry.acceptedAt : entry.receivedAt, workspace.now);
  return [newConversation(entry, entry.contact, language, { openedAt, now: workspace.now })];
}

function contactNewsOf(workspace: Workspace, fact: Fact): { key: RowKey; changes(contact: StoredContact): boolean }[] {
  const { merchantId } = fact.entry;
  if (brings(fact)) {
    if (!isToBeStored(workspace, fact)) return [];
    const news = contactNews(fact.entry);
    return [{ key: { merchantId, id: fact.entry.contact.id }, changes: (contact) => isNews(contact, news) }];
  }
  if (fact.kind !== 'thread' || !fact.entry.contact) return [];
  const row = workspace.conversation(merchantId, fact.entry.conversationId);
  const news = { ...fact.entry.contact, at: null };
  return row ? [{ key: { merchantId, id: row.conversation.contact.id }, changes: (contact) => isNews(contact, news) }] : [];
}
