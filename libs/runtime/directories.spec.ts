import { First1700000000001 } from '../../apps/conversations/store/migrations/1700000000001-first';
import { startTestDatabase, type TestDatabase } from '../../test/support/postgres';
import { PostgresAccountDirectory } from './account-directory';
import { sealSettings } from './account-settings';
import { PostgresCredentialStore } from './credentials';
import type { Database } from './database/database';
import { PostgresGlossaryDirectory } from './glossary-directory';
import { createLogger } from './logger';
import { SecretBox } from './secret-box';

const log = createLogger({ name: 'test', level: 'silent' });
const secrets = new SecretBox('0123456789abcdef0123456789abcdef');
let test: TestDatabase;
beforeAll(async () => {
  test = await startTestDatabase({ migrations: { conversations: [First1700000000001] } });
  await test.database.query('*', `INSERT INTO conversations.merchants (id, name, language) VALUES ('mer_a', 'A', 'zh-CN')`);
}, 60_000);
afterAll(() => test?.stop());

const until = async (holds: () => Promise<boolean> | boolean) => {
  for (const giveUpAt = Date.now() + 5_000; Date.now() < giveUpAt; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it did not become so');
};

async function write(id: string, settings: Record<string, unknown>, box = secrets): Promise<void> {
  await test.database.query(
    '*',
    `INSERT INTO conversations.accounts (id, merchant_id, channel, name, settings, settings_shown)
     VALUES ($1, 'mer_a', 'webchat', 'Shop', $2, '{}') ON CONFLICT (id) DO UPDATE SET settings = excluded.settings`,
    [id, sealSettings(box, { id, merchantId: 'mer_a' }, settings)],
  );
}

describe('the account directory', () => {
  let directory: PostgresAccountDirectory;
  beforeEach(async () => {
    directory = new PostgresAccountDirectory(test.database, secrets, log);
    await directory.start();
  });
  afterEach(() => directory.close());

  it('finds an account made a moment ago, without being told of it', async () => {
    expect(await directory.get('acc_new')).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await write('acc_new', { token: 'hunter2' });
    expect(await directory.get('acc_new')).toEqual({
      id: 'acc_new',
      merchantId: 'mer_a',
      channel: 'webchat',
      name: 'Shop',
      state: 'active',
      settings: { token: 'hunter2' },
      merchantLanguage: 'zh-CN',
    });
  });

  it('learns of changes, and tells of them once', async () => {
    await write('acc_1', { version: 1 });
    await directory.get('acc_1');
    const changed: string[] = [];
    const end = directory.onChange((id) => changed.push(id));
    await write('acc_1', { version: 2 });
    await test.database.notify('parley_accounts', 'acc_1');
    await until(async () => (await directory.get('acc_1'))?.settings['version'] === 2);
    await test.database.notify('parley_accounts', 'acc_1');
    await test.database.query('*', `UPDATE conversations.accounts SET state = 'deleted' WHERE id = 'acc_1'`);
    await test.database.notify('parley_accounts', 'acc_1');
    await until(async () => (await directory.get('acc_1')) === null);
    expect(changed).toEqual(['acc_1', 'acc_1']);
    end();
  });

  it('goes on with what it knows while the database is away, and guesses nothing of the rest', async () => {
    await write('acc_2', {});
    let away = false;
    const flaky = {
      listen: test.database.listen.bind(test.database),
      query: (...args: Parameters<Database['query']>) =>
        away ? Promise.reject(Object.assign(new Error('no'), { code: 'ECONNREFUSED' })) : test.database.query(...args),
    } as unknown as Database;
    const own = new PostgresAccountDirectory(flaky, secrets, log);
    await own.start();
    away = true;
    expect(await own.get('acc_2')).toMatchObject({ id: 'acc_2' });
    await expect(own.get('acc_unheard_of')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await own.close();
  });

  it('says so when settings were sealed with another key, and keeps the other accounts', async () => {
    await write('acc_sick', {}, new SecretBox('another key of sufficient length'));
    await write('acc_well', {});
    await expect(directory.get('acc_sick')).rejects.toMatchObject({ code: 'wrong-secret-key' });
    expect(await directory.get('acc_well')).toMatchObject({ id: 'acc_well' });
    await test.database.query('*', `DELETE FROM conversations.accounts WHERE id = 'acc_sick'`);
  });

  it('pauses the accounts of a merchant who is suspended', async () => {
    await write('acc_3', {});
    await test.database.query('*', `UPDATE conversations.merchants SET state = 'suspended' WHERE id = 'mer_a'`);
    await directory.close();
    directory = new PostgresAccountDirectory(test.database, secrets, log);
    await directory.start();
    expect(await directory.get('acc_3')).toMatchObject({ state: 'paused' });
    await test.database.query('*', `UPDATE conversations.merchants SET state = 'active' WHERE id = 'mer_a'`);
  });
});

describe('the glossary directory', () => {
  it('gives the terms of the version in force', async () => {
    const glossaries = new PostgresGlossaryDirectory(test.database, log);
    expect(await glossaries.of('mer_a')).toEqual({ version: 0, terms: [] });
    expect(await glossaries.of('mer_nobody')).toEqual({ version: 0, terms: [] });
    await test.database.transaction('mer_a', async (client) => {
      await client.query(
        `INSERT INTO conversations.glossary (merchant_id, id, source, source_language, targets)
         VALUES ('mer_a', 'trm_1', '尺码', 'zh', '{"es":"talla"}')`,
      );
      await client.query(`UPDATE conversations.merchants SET glossary_version = 1 WHERE id = 'mer_a'`);
    });
    await until(async () => (await glossaries.of('mer_a')).version === 1);
    expect((await glossaries.of('mer_a')).terms).toEqual([
      { id: 'trm_1', source: '尺码', sourceLanguage: 'zh', targets: { es: 'talla' }, doNotTranslate: false, forbidden: {} },
    ]);
  });
});

describe('credentials', () => {
  it('are renewed once, however many ask, in however many processes', async () => {
    const stores = [1, 2, 3].map(() => new PostgresCredentialStore(test.database, secrets, log).for('acc_oauth'));
    let renewals = 0;
    const renew = async () => ({ token: `t${++renewals}` });
    const first = await Promise.all([...stores, ...stores].map((store) => store.renew(null, renew)));
    expect(new Set(first.map((credential) => credential['token']))).toEqual(new Set(['t1']));
    const second = await Promise.all(stores.map((store) => store.renew({ token: 't1' }, renew)));
    expect(second).toEqual([{ token: 't2' }, { token: 't2' }, { token: 't2' }]);
    expect(await stores[0]?.current()).toEqual({ token: 't2' });
    expect(renewals).toBe(2);
  });

  it('keep what they were when a renewal fails', async () => {
    const store = new PostgresCredentialStore(test.database, secrets, log).for('acc_failing');
    await store.renew(null, async () => ({ token: 'old' }));
    await expect(store.renew({ token: 'old' }, () => Promise.reject(new Error('the channel said no')))).rejects.toThrow(
      'said no',
    );
    expect(await store.current()).toEqual({ token: 'old' });
  });
});
