import { type GroupPartition, movesOf } from './shares';

const partitions = (topic: string, owners: readonly (string | null)[], from = 0): GroupPartition[] =>
  owners.map((owner, at) => ({ id: from + at, topic, owner }));
const members = (...ids: string[]) => ids.map((id) => ({ id, topics: ['t', 'u'] }));

describe('the share of a member', () => {
  it('is everything when it is alone', () => {
    expect(movesOf('a', members('a'), partitions('t', [null, null, 'a']))).toEqual({ take: [0, 1], give: [] });
  });

  it('leaves what a living member has, and takes what a dead one left', () => {
    expect(movesOf('a', members('a', 'b'), partitions('t', ['b', 'b', 'gone', 'gone']))).toEqual({ take: [2, 3], give: [] });
  });

  it('gives back what is too much, and keeps the rest', () => {
    expect(movesOf('a', members('a', 'b'), partitions('t', ['a', 'a', 'a', 'a']))).toEqual({ take: [], give: [2, 3] });
  });

  it('gives all back when it no longer reads the topic', () => {
    expect(
      movesOf(
        'a',
        [
          { id: 'a', topics: ['u'] },
          { id: 'b', topics: ['t'] },
        ],
        partitions('t', ['a', null]),
      ).give,
    ).toEqual([0]);
  });

  it.each([
    [1, 4],
    [2, 4],
    [3, 4],
    [3, 12],
    [5, 4],
  ])('with %i members and %i partitions everyone ends within one of the others', (memberCount, partitionCount) => {
    const all = members(...Array.from({ length: memberCount }, (_, n) => `m${n}`));
    const owners: (string | null)[] = Array.from({ length: partitionCount }, () => null);
    for (let round = 0; round < 4; round++) {
      for (const { id } of all) {
        const { take, give } = movesOf(id, all, partitions('t', owners));
        for (const at of give) owners[at] = null;
        for (const at of take) owners[at] ??= id;
      }
    }
    const counts = all.map(({ id }) => owners.filter((owner) => owner === id).length);
    expect(owners).not.toContain(null);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
});
