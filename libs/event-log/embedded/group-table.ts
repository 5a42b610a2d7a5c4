import { type LogDatabase, PIPELINE } from '../log-database';
import type { Ownership } from '../offsets';
import { isGone } from './process-identity';
import type { GroupMember } from './shares';

export interface PartitionRow {
  readonly id: number;
  readonly topic: string;
  readonly partition: number;
  /** Where the next record will go. */
  readonly head: string;
  readonly owner: string | null;
  readonly generation: string | null;
}

/** What a member sees of its group. */
export interface Look {
  readonly members: readonly GroupMember[];
  readonly partitions: readonly PartitionRow[];
  /** Does any other process read this log, in whatever group? */
  readonly others: boolean;
}

export interface Taken {
  readonly partitionId: number;
  readonly held: Ownership;
  readonly nextOffset: bigint;
}

export interface MemberIdentity {
  readonly group: string;
  readonly topics: readonly string[];
  readonly memberId: string;
  /** What the ids of all members of this process begin with. */
  readonly processId: string;
  readonly sessionTimeoutMs: number;
}

const ALIVE = {
  name: 'parley_log_alive',
  text: `INSERT INTO log.members (group_name, member_id, topics, seen_at) VALUES ($1, $2, $3, clock_timestamp())
    ON CONFLICT (group_name, member_id) DO UPDATE SET seen_at = excluded.seen_at`,
};

const MEMBERS = {
  name: 'parley_log_members',
  text: `SELECT group_name, member_id, topics, seen_at > clock_timestamp() - $1 * interval '1 millisecond' AS alive FROM log.members`,
};

/** One that was frozen while it said that it lives still holds its row: it is dead all the same, nobody waits for it. */
const BURY = `
DELETE FROM log.members WHERE member_id IN (SELECT member_id FROM log.members WHERE member_id = ANY ($1) FOR UPDATE SKIP LOCKED)`;

const PARTITIONS = {
  name: 'parley_log_partitions',
  text: `SELECT p.id, p.topic, p.partition, p.next_offset AS head, o.owner, o.generation
    FROM log.partitions p LEFT JOIN log.offsets o ON o.group_name = $1 AND o.topic = p.topic AND o.partition = p.partition
    WHERE p.topic = ANY ($2) ORDER BY p.topic, p.partition`,
};

/** A group that was never here begins with the oldest record there is. */
const PREPARE = `
INSERT INTO log.offsets (group_name, topic, partition, next_offset)
SELECT $1, p.topic, p.partition, coalesce(
  (SELECT "offset" FROM log.records r WHERE r.partition_id = p.id ORDER BY "offset" LIMIT 1), p.next_offset)
FROM log.partitions p WHERE p.id = ANY ($2)
  AND NOT EXISTS (SELECT FROM log.offsets o WHERE (o.group_name, o.topic, o.partition) = ($1, p.topic, p.partition))
ON CONFLICT DO NOTHING`;

/** A row that a late transaction of a dead owner still holds is passed over, and taken at a later look. */
const TAKE = `
WITH free AS (
  SELECT p.id, o.topic, o.partition FROM log.offsets o JOIN log.partitions p USING (topic, partition)
  WHERE o.group_name = $1 AND p.id = ANY ($2) AND (o.owner = $3 OR NOT EXISTS (
    SELECT FROM log.members m WHERE m.group_name = $1 AND m.member_id = o.owner
      AND m.seen_at > clock_timestamp() - $4 * interval '1 millisecond'))
  FOR UPDATE OF o SKIP LOCKED
)
UPDATE log.offsets o SET owner = $3, generation = o.generation + 1, updated_at = now()
FROM free WHERE o.group_name = $1 AND o.topic = free.topic AND o.partition = free.partition
RETURNING free.id, o.topic, o.partition, o.next_offset, o.generation`;

const DISOWN = `
UPDATE log.offsets o SET owner = NULL FROM unnest($3::text[], $4::integer[], $5::bigint[]) AS held (topic, partition, generation)
WHERE o.group_name = $1 AND o.owner = $2 AND (o.topic, o.partition, o.generation) = (held.topic, held.partition, held.generation)`;

/** The rows by which the members of a group, in whatever processes, know of each other. */
export class GroupTable {
  constructor(
    private readonly database: LogDatabase,
    private readonly member: MemberIdentity,
  ) {}

  /** Says that this member lives, removes those that do not, and looks around. */
  look(): Promise<Look> {
    const { group, topics, memberId, processId, sessionTimeoutMs } = this.member;
    return this.database.transaction(PIPELINE, async (client) => {
      await client.query({ ...ALIVE, values: [group, memberId, topics] });
      const all = await client.query<MemberRow>({ ...MEMBERS, values: [sessionTimeoutMs] });
      const dead = all.rows.filter((row) => !row.alive || isGone(row.member_id)).map((row) => row.member_id);
      if (dead.length > 0) await client.query(BURY, [dead]);
      const living = all.rows.filter((row) => !dead.includes(row.member_id));
      const { rows: partitions } = await client.query<PartitionRow>({ ...PARTITIONS, values: [group, topics] });
      return {
        members: living.filter((row) => row.group_name === group).map((row) => ({ id: row.member_id, topics: row.topics })),
        partitions,
        others: living.some((row) => !row.member_id.startsWith(`${processId}/`)),
      };
    });
  }

  /** @returns those that could be had. */
  async take(partitionIds: readonly number[]): Promise<Taken[]> {
    const { group, memberId, sessionTimeoutMs } = this.member;
    await this.database.query(PIPELINE, PREPARE, [group, partitionIds]);
    const { rows } = await this.database.query(PIPELINE, TAKE, [group, partitionIds, memberId, sessionTimeoutMs]);
    return (rows as TakenRow[]).map((row) => ({
      partitionId: row.id,
      held: { group, topic: row.topic, partition: row.partition, owner: memberId, generation: BigInt(row.generation) },
      nextOffset: BigInt(row.next_offset),
    }));
  }

  /** From here on a commit under these ownerships finds no row. */
  async disown(held: readonly Ownership[]): Promise<void> {
    if (held.length === 0) return;
    await this.database.query(PIPELINE, DISOWN, [
      this.member.group,
      this.member.memberId,
      held.map(({ topic }) => topic),
      held.map(({ partition }) => partition),
      held.map(({ generation }) => String(generation)),
    ]);
  }

  async leave(): Promise<void> {
    await this.database.query(PIPELINE, 'DELETE FROM log.members WHERE group_name = $1 AND member_id = $2', [
      this.member.group,
      this.member.memberId,
    ]);
  }
}

interface MemberRow {
  readonly group_name: string;
  readonly member_id: string;
  readonly topics: string[];
  readonly alive: boolean;
}

interface TakenRow {
  readonly id: number;
  readonly topic: string;
  readonly partition: number;
  readonly next_offset: string;
  readonly generation: string;
}
