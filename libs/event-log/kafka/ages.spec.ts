import { AGES_MS, smallestAge } from './ages';

it.each([300, 12_345, 86_400_000, 10 ** 12])('finds the age of a record that is %i ms old, to within a third', async (ageMs) => {
  let asked = 0;
  const found = await smallestAge(AGES_MS, async (age) => {
    asked += 1;
    return ageMs <= age;
  });
  expect(asked).toBeLessThanOrEqual(6);
  const longest = AGES_MS.at(-1) ?? 0;
  expect(found).toBeGreaterThanOrEqual(Math.min(ageMs, longest));
  expect(found).toBeLessThanOrEqual(Math.max(500, ageMs * 1.34));
});
