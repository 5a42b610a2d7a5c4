/** From half a second to about three months, each by a third longer than the one before. */
export const AGES_MS: readonly number[] = Array.from({ length: 58 }, (_, n) => Math.round(500 * (4 / 3) ** n));

/** The first age of which it is true, and with it of all longer ones; the longest when it is true of none. */
export async function smallestAge(ages: readonly number[], isOldEnough: (ageMs: number) => Promise<boolean>): Promise<number> {
  let [low, high] = [0, ages.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await isOldEnough(ages[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return ages[low] as number;
}
