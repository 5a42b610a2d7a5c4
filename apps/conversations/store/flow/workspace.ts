import type { EventData, EventType } from '@parley/model';
import { inOrder } from '../in-order';
import {
  type Identity,
  insertContacts,
  loadContacts,
  lockContacts,
  type StoredContact,
  saveIdentities,
  updateContacts,
} from '../rows/contact-rows';
import {
  insertConversations,
  locateConversations,
  lockConversations,
  type StoredConversation,
  updateConversations,
} from '../rows/conversation-rows';
import { type ExternalId, externalKey, insertExternalIds, loadExternalIds } from '../rows/external-ids';
import {
  countRepeats,
  insertMessages,
  keyOf,
  loadMessages,
  locateMessages,
  type RowKey,
  type StoredMessage,
  updateMessages,
} from '../rows/message-rows';
import { type SearchRow, saveSearchRows } from '../rows/search-rows';
import type { Transaction } from '../transactions';
import { deleteWaiting, loadWaiting, saveWaiting, type WaitingFact, waitingFact } from './early';
import { type About, derivedId, type Fact, type Target } from './facts';

const externalIdKey = (merchantId: string, accountId: string, externalId: string): string =>
  `${merchantId}\n${accountId}\n${externalKey(externalId)}`;

/**
 * All rows that a batch touches, read at once, changed in memory, written at once. Decisions are made on it without
 * waiting (flow/take-in.ts and beside it).
 */
export class Workspace {
  private readonly contacts = new Map<string, StoredContact>();
  /** As they were found, undefined where there was none. */
  private readonly contactsRead = new Map<string, StoredContact | undefined>();
  private readonly conversations = new Map<string, StoredConversation>();
  private readonly messages = new Map<string, StoredMessage>();
  private readonly homes = new Map<string, string>();
  private readonly located = new Set<string>();
  private readonly externalIds = new Map<string, ExternalId>();
  private readonly waiting = new Map<Target, WaitingFact[]>();

  private readonly unopened = new Set<StoredConversation>();
  private readonly unmet = new Set<StoredContact>();
  private readonly changedContacts = new Set<StoredContact>();
  private readonly changedConversations = new Set<StoredConversation>();
  private readonly newMessages = new Set<StoredMessage>();
  private readonly changedMessages = new Set<StoredMessage>();
  private readonly repeats: RowKey[] = [];
  private readonly newExternalIds: ExternalId[] = [];
  private readonly identities = new Map<string, Identity>();
  private readonly searchRows = new Map<string, SearchRow>();
  private readonly newlyWaiting = new Set<WaitingFact>();
  private readonly released: WaitingFact[] = [];
  private readonly awake: Fact[] = [];

  /** Our clock, once for all that happens together. */
  readonly now = new Date().toISOString();

  constructor(readonly tx: Transaction) {}

  // ---------------------------------------------------------------- reading

  private async loadExternalIds(abouts: readonly About[]): Promise<void> {
    const keys = abouts.flatMap(({ merchantId, accountId, externalId }) =>
      externalId === null ? [] : [{ merchantId, accountId, externalId: externalKey(externalId) }],
    );
    for (const id of await loadExternalIds(this.tx.client, keys)) {
      this.externalIds.set(externalIdKey(id.merchantId, id.accountId, id.externalId), id);
    }
  }

  /** Finds out in which conversations the messages are that these may be about. */
  async locate(abouts: readonly About[]): Promise<void> {
    await this.loadExternalIds(abouts);
    const keys = abouts.flatMap((about) => this.candidates(about).map((id) => ({ merchantId: about.merchantId, id })));
    for (const home of await locateMessages(this.tx.client, keys)) this.homes.set(keyOf(home), home.conversationId);
  }

  async loadMessages(keys: readonly RowKey[]): Promise<void> {
    const wanted = new Map(keys.map((key) => [keyOf(key), key]));
    for (const key of this.messages.keys()) wanted.delete(key);
    for (const row of await loadMessages(this.tx.client, [...wanted.values()])) this.messages.set(messageKey(row), row);
  }

  async locateConversations(keys: readonly RowKey[]): Promise<void> {
    for (const key of await locateConversations(this.tx.client, keys)) this.located.add(keyOf(key));
  }

  async lockConversations(keys: readonly RowKey[]): Promise<void> {
    const wanted = new Map(keys.map((key) => [keyOf(key), key]));
    for (const key of this.conversations.keys()) wanted.delete(key);
    for (const row of await lockConversations(this.tx.client, [...wanted.values()])) this.addConversation(row);
  }

  /** Makes those that are not there. @returns whether somebody else made one of them at the same moment. */
  async openConversations(rows: readonly StoredConversation[]): Promise<boolean> {
    if (rows.length === 0) return false;
    const byKey = new Map(rows.map((row) => [conversationKey(row), row]));
    const made = await insertConversations(this.tx.client, [...byKey.values()]);
    for (const key of made) {
      const row = byKey.get(keyOf(key));
      if (!row) continue;
      this.unopened.add(row);
      this.addConversation(row);
      byKey.delete(keyOf(key));
    }
    const others = [...byKey.values()].map((row) => ({ merchantId: row.merchantId, id: row.conversation.id }));
    await this.lockConversations(others);
    return others.length > 0;
  }

  /** Reads them ahead of `loadContacts`, which looks for those that may be needed here first. */
  async readContacts(keys: readonly RowKey[]): Promise<void> {
    const wanted = new Map(keys.map((key) => [keyOf(key), key]));
    const rows = await loadContacts(this.tx.client, [...wanted.values()]);
    for (const key of wanted.keys()) this.contactsRead.set(key, undefined);
    for (const contact of rows) this.contactsRead.set(keyOf(contact), contact);
  }

  /** `news`: what is said about each now; whoever is new or changed by it is locked before it is decided on. */
  async loadContacts(news: readonly { key: RowKey; changes(contact: StoredContact): boolean }[]): Promise<void> {
    const unknown = news.filter(({ key }) => !this.contacts.has(keyOf(key)));
    const keys = [...new Map(unknown.map(({ key }) => [keyOf(key), key])).values()];
    const unread = keys.filter((key) => !this.contactsRead.has(keyOf(key)));
    await this.readContacts(unread);
    const found = new Map(
      keys.flatMap((key) => {
        const contact = this.contactsRead.get(keyOf(key));
        return contact ? [[keyOf(key), contact] as const] : [];
      }),
    );
    const missing = keys.filter((key) => !found.has(keyOf(key)));
    const made = new Set(missing.length > 0 ? (await insertContacts(this.tx.client, missing)).map(keyOf) : []);
    const changed = unknown.flatMap(({ key, changes }) => {
      const contact = found.get(keyOf(key));
      return contact && changes(contact) ? [key] : [];
    });
    for (const contact of found.values()) this.contacts.set(keyOf(contact), contact);
    const toLock = new Map([...missing, ...changed].map((key) => [keyOf(key), key]));
    for (const contact of await lockContacts(this.tx.client, [...toLock.values()])) {
      this.contacts.set(keyOf(contact), contact);
      if (made.has(keyOf(contact))) this.unmet.add(contact);
    }
  }

  /** Facts that wait for these. @returns those not read before. */
  async loadWaiting(targets: readonly Target[]): Promise<Fact[]> {
    const loaded = await loadWaiting(this.tx.client, targets);
    for (const waiting of loaded) this.addWaiting(waiting);
    return loaded.map((waiting) => waiting.fact);
  }

  // ---------------------------------------------------------------- looking

  message(merchantId: string, id: string): StoredMessage | undefined {
    return this.messages.get(keyOf({ merchantId, id }));
  }
  conversation(merchantId: string, id: string): StoredConversation | undefined {
    return this.conversations.get(keyOf({ merchantId, id }));
  }
  contact(merchantId: string, id: string): StoredContact | undefined {
    return this.contacts.get(keyOf({ merchantId, id }));
  }
  externalId(merchantId: string, accountId: string, externalId: string): ExternalId | undefined {
    return this.externalIds.get(externalIdKey(merchantId, accountId, externalId));
  }
  /** Ids under which the message may be stored, the likeliest first. */
  candidates(about: About): string[] {
    const known = about.externalId === null ? undefined : this.externalId(about.merchantId, about.accountId, about.externalId);
    return [about.messageId, known?.messageId ?? null, derivedId(about)].filter((id) => id !== null);
  }
  find(about: About): StoredMessage | undefined {
    for (const id of this.candidates(about)) {
      const message = this.message(about.merchantId, id);
      if (message) return message;
    }
    return undefined;
  }
  /** The conversation of the message that these may be about, as far as `locate` found one. */
  homeOf(about: About): string | undefined {
    for (const id of this.candidates(about)) {
      const home = this.homes.get(keyOf({ merchantId: about.merchantId, id }));
      if (home !== undefined) return home;
    }
    return undefined;
  }
  isLocated(merchantId: string, conversationId: string): boolean {
    return this.located.has(keyOf({ merchantId, id: conversationId }));
  }
  conversationsWithReplies(): StoredConversation[] {
    return [...this.conversations.values()].filter((row) => row.onItsWay > 0);
  }
  /** True once for each that was made just now. */
  isOpening(conversation: StoredConversation): boolean {
    return this.unopened.delete(conversation);
  }
  isMeeting(contact: StoredContact): boolean {
    return this.unmet.delete(contact);
  }

  // ---------------------------------------------------------------- changing

  addMessage(row: StoredMessage): void {
    this.messages.set(messageKey(row), row);
    this.newMessages.add(row);
  }
  touchMessage(row: StoredMessage): void {
    if (!this.newMessages.has(row)) this.changedMessages.add(row);
  }
  /** The channel brought it again. */
  countRepeat(row: StoredMessage): void {
    this.repeats.push({ merchantId: row.merchantId, id: row.message.id });
  }
  touchConversation(row: StoredConversation): void {
    this.changedConversations.add(row);
  }
  touchContact(contact: StoredContact): void {
    this.changedContacts.add(contact);
    for (const { merchantId, conversation } of this.conversations.values()) {
      if (merchantId !== contact.merchantId || conversation.contact.id !== contact.id) continue;
      Object.assign(conversation.contact, { name: contact.name, country: contact.country, timeZone: contact.timeZone });
    }
  }
  addIdentity(identity: Identity): void {
    const key = `${identity.merchantId}\n${identity.accountId}\n${identity.address}`;
    if (!this.identities.get(key)?.verified) this.identities.set(key, identity);
  }
  /** False when it is known already. */
  addExternalId(id: Omit<ExternalId, 'externalId'>, externalId: string): boolean {
    const key = externalIdKey(id.merchantId, id.accountId, externalId);
    if (this.externalIds.has(key)) return false;
    const added = { ...id, externalId: externalKey(externalId) };
    this.externalIds.set(key, added);
    this.newExternalIds.push(added);
    return true;
  }
  makeFindable(row: SearchRow): void {
    this.searchRows.set(`${row.merchantId}\n${row.subjectId}\n${row.source}`, row);
  }
  wait(target: Target, fact: Fact): void {
    const waiting = waitingFact(target, fact);
    if (this.waiting.get(target)?.some((other) => other.id === waiting.id)) return;
    this.addWaiting(waiting);
    this.newlyWaiting.add(waiting);
  }
  /** What waited for it waits no longer: it is taken in next. */
  wake(target: Target): void {
    const waiting = this.waiting.get(target) ?? [];
    this.waiting.delete(target);
    for (const each of waiting) {
      if (!this.newlyWaiting.delete(each)) this.released.push(each);
      this.awake.push(each.fact);
    }
  }
  nextAwake(): Fact | undefined {
    return this.awake.shift();
  }
  emit<T extends EventType>(
    type: T,
    of: { merchantId: string; accountId: string; conversationId: string | null; subject?: string },
    discriminator: string,
    time: string,
    data: EventData<T>,
  ): void {
    const { merchantId, accountId, conversationId } = of;
    const subject = of.subject ?? conversationId ?? accountId;
    this.tx.emit({ type, merchantId, accountId, conversationId, subject, discriminator, time, data });
  }

  // ---------------------------------------------------------------- writing

  /** The statements go out one behind the other and are done in this order; nobody waits in between. */
  async write(): Promise<void> {
    const { client } = this.tx;
    await inOrder([
      updateContacts(client, [...this.changedContacts]),
      saveIdentities(client, [...this.identities.values()]),
      insertMessages(client, [...this.newMessages]),
      updateMessages(client, [...this.changedMessages]),
      countRepeats(client, this.repeats),
      updateConversations(client, [...this.changedConversations]),
      insertExternalIds(client, this.newExternalIds),
      saveSearchRows(client, [...this.searchRows.values()]),
      deleteWaiting(client, this.released),
      saveWaiting(client, [...this.newlyWaiting]),
    ]);
  }

  /** Of facts that were taken in though nothing woke them. */
  async forget(waiting: readonly WaitingFact[]): Promise<void> {
    await deleteWaiting(this.tx.client, waiting);
  }

  private addConversation(row: StoredConversation): void {
    this.conversations.set(conversationKey(row), row);
  }
  private addWaiting(waiting: WaitingFact): void {
    const others = this.waiting.get(waiting.target);
    if (!others) this.waiting.set(waiting.target, [waiting]);
    else if (!others.some((other) => other.id === waiting.id)) others.push(waiting);
  }
}

const messageKey = (row: StoredMessage): string => keyOf({ merchantId: row.merchantId, id: row.message.id });
const conversationKey = (row: StoredConversation): string => keyOf({ merchantId: row.merchantId, id: row.conversation.id });
