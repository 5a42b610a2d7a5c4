import { newKeys, type RunningHouse, say } from '@parley/runtime';

/** What a person wants to know once everything runs. Generated keys are shown once; `npm run keys` shows them again. */
export async function welcome({ house, url }: RunningHouse): Promise<void> {
  const { config } = house;
  const keys = await newKeys(house);
  // The key behind `#` stays in the browser: the page takes it over and is signed in.
  const signIn = config.generated.apiKey && (keys.length > 0 || config.demo) ? `#key=${config.apiKey}` : '';
  const lines = [
    '',
    'Parley is ready.',
    '',
    `Inbox          ${url}/${signIn}`,
    `API            ${url}/v1, described at ${url}/docs`,
    ...(config.publicUrl === url ? [] : [`Public         ${config.publicUrl}`]),
    `Data           ${config.databaseUrl ? 'in the PostgreSQL of DATABASE_URL' : config.dataDir}`,
    `Translation    ${config.translation.join(', ') || 'none: set PARLEY_TRANSLATION'}`,
    ...keys,
    ...(keys.length > 0 ? ['', 'The keys are shown this once; "npm run keys" shows them again.'] : []),
    '',
  ];
  for (const line of lines) say(line);
}
