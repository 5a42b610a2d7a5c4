/** A table of the view, column by column: what the log says, and what Postgres alone knows. */
export interface ViewTable {
  readonly name: string;
  readonly key: readonly string[];
  /** Made from the log, and the same each time. */
  readonly derived: readonly string[];
  /** What people decided and what our own clock says: taken over from the view as it was. */
  readonly kept: readonly string[];
}

/**
 * Every column is in here. A rebuild refuses to begin while there is one that is not: what it does not know it would lose.
 * A fact a person decided (`facts_at`: "decided") is kept although its column is derived; see keep.ts.
 */
export const viewTables: readonly ViewTable[] = [
  {
    name: 'contacts',
    key: ['merchant_id', 'id'],
    derived: ['name', 'language', 'country', 'time_zone', 'facts_at'],
    kept: ['vip', 'tags', 'attributes', 'consent', 'created_at'],
  },
  {
    name: 'contact_identities',
    key: ['merchant_id', 'account_id', 'address'],
    derived: ['contact_id', 'channel', 'verified'],
    kept: [],
  },
  {
    name: 'conversations',
    key: ['merchant_id', 'id'],
    derived: [
      ...[
        'account_id',
        'channel',
        'contact_id',
        'contact_address',
        'subject',
        'language',
        'orders',
        'last_sequence',
        'last_message',
      ],
      ...['reply_window', 'address', 'facts_at', 'language_sequence', 'on_its_way', 'created_at'],
    ],
    kept: [
      ...[
        'state',
        'language_fixed',
        'assignee_id',
        'owner_kind',
        'owner_id',
        'owner_generation',
        'tags',
        'priority',
        'unread_count',
      ],
      ...['clocks', 'snoozed_until', 'updated_at'],
    ],
  },
  {
    name: 'messages',
    key: ['merchant_id', 'id'],
    derived: [
      ...['conversation_id', 'account_id', 'channel', 'direction', 'sequence', 'author', 'parts', 'language', 'translations'],
      ...[
        'translation_status',
        'reply_to',
        'external_id',
        'client_key',
        'note',
        'automatic',
        'attributes',
        'sent_at',
        'received_at',
      ],
      ...['delivery', 'reactions', 'edits', 'recalled_at', 'outbound', 'seen'],
    ],
    kept: [],
  },
  {
    name: 'message_external_ids',
    key: ['merchant_id', 'account_id', 'external_id'],
    derived: ['message_id', 'attempt', 'place'],
    kept: ['created_at'],
  },
  {
    name: 'early',
    key: ['merchant_id', 'account_id', 'target', 'id'],
    derived: ['kind', 'entry'],
    kept: ['created_at'],
  },
  {
    name: 'search_rows',
    key: ['merchant_id', 'subject_id', 'source'],
    derived: ['conversation_id', 'terms'],
    kept: [],
  },
  {
    name: 'dead_letters',
    key: ['id'],
    derived: ['merchant_id', 'account_id', 'topic', 'partition', 'offset', 'key', 'headers', 'value', 'app', 'reason', 'at'],
    kept: ['replayed_at'],
  },
];

export const columnsOf = ({ key, derived, kept }: ViewTable): readonly string[] => [...key, ...derived, ...kept];

/** Columns that one side has and the other has not, as `table.column`. */
export function unknownColumns(there: ReadonlyMap<string, readonly string[]>): string[] {
  return viewTables.flatMap((table) => {
    const known = columnsOf(table);
    const found = there.get(table.name) ?? [];
    const odd = [...found.filter((column) => !known.includes(column)), ...known.filter((column) => !found.includes(column))];
    return odd.map((column) => `${table.name}.${column}`);
  });
}
