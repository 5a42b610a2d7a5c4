/** Who is alive in a group, and what each reads. */
export interface GroupMember {
  readonly id: string;
  readonly topics: readonly string[];
}

export interface GroupPartition {
  readonly id: number;
  readonly topic: string;
  readonly owner: string | null;
}

export interface Moves {
  /** Free partitions this member is to take. */
  readonly take: readonly number[];
  /** Partitions it holds beyond its share, to be given back. */
  readonly give: readonly number[];
}

/**
 * What this member does about its share, per topic: as many partitions as the others, give or take one. It keeps what it
 * has, so that a change of members moves as little as possible. Members that reckon alike end up apart, because taking is
 * decided by the database.
 */
export function movesOf(me: string, members: readonly GroupMember[], partitions: readonly GroupPartition[]): Moves {
  const take: number[] = [];
  const give: number[] = [];
  const alive = new Set(members.map((member) => member.id));
  for (const topic of new Set(partitions.map((partition) => partition.topic))) {
    const all = partitions.filter((partition) => partition.topic === topic);
    const readers = members
      .filter((member) => member.topics.includes(topic))
      .map((member) => member.id)
      .sort();
    const place = readers.indexOf(me);
    const mine = all.filter((partition) => partition.owner === me).map((partition) => partition.id);
    const share = place < 0 ? 0 : shareOf(place, readers.length, all.length, topic);
    if (mine.length >= share) give.push(...mine.slice(share));
    else {
      const free = all
        .filter((partition) => partition.owner === null || !alive.has(partition.owner))
        .map((partition) => partition.id);
      // Starting at different places, members that ask at once rarely want the same.
      const from = free.length > 0 ? Math.floor((place * free.length) / readers.length) : 0;
      take.push(...[...free.slice(from), ...free.slice(0, from)].slice(0, share - mine.length));
    }
  }
  return { take, give };
}

/** The odd ones go to different members for different topics. */
function shareOf(place: number, readers: number, partitions: number, topic: string): number {
  const shifted = (place + topic.length) % readers;
  return Math.floor(partitions / readers) + (shifted < partitions % readers ? 1 : 0);
}
