import type { Connector } from '@parley/connector';
import { type Account, createLogger, type House, SecretBox } from '@parley/runtime';
import { accountFacts } from './account-facts';
import { channelContext, openMediaFor } from './channel-context';
import { checkHosts } from './check-hosts';
import { allConnectors, connectorFor } from './registry';

const houseWith = (allowPrivateHosts: boolean) => ({ config: { allowPrivateHosts } }) as unknown as House;
const connector = {
  hosts: (settings: any) => [settings.imap.host, settings.apiBaseUrl],
} as unknown as Connector;
const settings = (host: string, apiBaseUrl = 'https://8.8.8.8/v1') => ({ imap: { host, port: 993 }, apiBaseUrl });

describe('checkHosts', () => {
  it.each([
    ['127.0.0.1', 'https://8.8.8.8', ['/imap/host']],
    ['localhost', 'http://10.1.2.3:8080/v1', ['/imap/host', '/apiBaseUrl']],
    ['mail.localhost', 'http://[::1]/', ['/imap/host', '/apiBaseUrl']],
    ['0x7f.1', 'http://2130706433/', ['/imap/host', '/apiBaseUrl']],
    ['1.1.1.1', 'https://8.8.8.8', []],
  ])('looks at every host of the settings: %s, %s', async (host, url, paths) => {
    const problems = await checkHosts(houseWith(false), connector, settings(host, url));
    expect(problems.map((problem) => problem.path)).toEqual(paths);
  });

  it('leaves a name that cannot be resolved to the connection itself', async () => {
    expect(await checkHosts(houseWith(false), connector, settings('mail.shop.invalid'))).toEqual([]);
  });

  it('allows all when the operator does', async () => {
    expect(await checkHosts(houseWith(true), connector, settings('127.0.0.1'))).toEqual([]);
  });
});

describe('the registry', () => {
  it('knows each channel by its name, once', () => {
    const channels = allConnectors.map((each) => each.channel);
    expect(new Set(channels).size).toBe(channels.length);
    for (const each of allConnectors) expect(connectorFor(each.channel)).toBe(each);
    expect(connectorFor('pigeon')).toBeUndefined();
  });
});

describe('what a connector is given', () => {
  const secrets = new SecretBox('0123456789abcdef');
  const account = (settings: Record<string, unknown>): Account => ({
    id: 'acc_1',
    merchantId: 'mer_1',
    channel: 'webchat',
    name: 'Shop',
    state: 'active',
    settings,
    merchantLanguage: 'zh-CN',
  });
  const house = (allowPrivateHosts: boolean) =>
    ({
      ...houseWith(allowPrivateHosts),
      secrets,
      log: createLogger({ name: 'test', level: 'silent' }),
      credentials: { for: () => null },
      media: { read: async (merchantId: string, id: string) => (merchantId === 'mer_1' && id === 'med_1' ? file : null) },
    }) as unknown as House;
  const file = { info: { mime: 'image/png', name: 'a.png' }, bytes: new Uint8Array([1]) };
  const { signal } = new AbortController();

  it('is the account with its settings read, and a key of its own', () => {
    const one = account({ title: 'Lamps' });
    const facts = accountFacts(one, secrets);
    expect(facts).toMatchObject({ id: 'acc_1', settings: { title: 'Lamps', allowedOrigins: [] } });
    expect(accountFacts(one, secrets)).toBe(facts);
    expect(accountFacts({ ...one, id: 'acc_2' }, secrets).signingKey).not.toEqual(facts.signingKey);
  });

  it('names settings that are no longer right, not what they hold', () => {
    expect(() => accountFacts(account({ title: 7, allowedOrigins: ['hunter2'] }), secrets)).toThrow(
      expect.objectContaining({ code: 'invalid-settings', message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('resolves hosts under the same rule as everything else', async () => {
    const context = channelContext(house(false), account({}), signal);
    expect(await context.resolveHost('8.8.8.8')).toBe('8.8.8.8');
    await expect(context.resolveHost('127.0.0.1')).rejects.toMatchObject({ fault: 'rejected', code: 'private-address' });
    await expect(context.resolveHost('mail.shop.invalid')).rejects.toMatchObject({ fault: 'unavailable' });
    expect(await channelContext(house(true), account({}), signal).resolveHost('127.0.0.1')).toBe('127.0.0.1');
  });

  it("opens this merchant's files alone", async () => {
    expect(await openMediaFor(house(false), 'mer_1')('/v1/media/med_1')).toEqual({
      bytes: file.bytes,
      mime: 'image/png',
      name: 'a.png',
    });
    for (const [merchantId, url] of [
      ['mer_2', '/v1/media/med_1'],
      ['mer_1', 'https://elsewhere.example/med_1'],
    ] as const) {
      await expect(openMediaFor(house(false), merchantId)(url)).rejects.toMatchObject({ fault: 'rejected', code: 'media-gone' });
    }
  });
});
