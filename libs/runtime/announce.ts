import type { House } from './house';

/** True for the first process that asks, on this database, for ever. */
export async function firstTime(house: House, name: string): Promise<boolean> {
  const { rowCount } = await house.database.query(
    '*',
    'INSERT INTO runtime.announcements (name) VALUES ($1) ON CONFLICT DO NOTHING',
    [name],
  );
  return rowCount === 1;
}

/** The keys nobody chose, in lines for a person; empty when there are none, or when they were told before. */
export async function newKeys(house: House): Promise<string[]> {
  const { generated, apiKey, operatorKey } = house.config;
  const lines = [
    ...(generated.apiKey ? [`API key        ${apiKey}`] : []),
    ...(generated.operatorKey ? [`Operator key   ${operatorKey}`] : []),
  ];
  return lines.length > 0 && (await firstTime(house, 'generated keys')) ? lines : [];
}
