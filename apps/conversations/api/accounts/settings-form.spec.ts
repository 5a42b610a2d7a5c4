import { apiBaseUrl, type Connector, secret } from '@parley/connector';
import { z } from 'zod';
import { mergedSettings, readSettings, SECRET_SHOWN, settingsSchema, shownSettings } from './settings-form';

const connector = {
  settings: z.object({
    address: z.string(),
    token: secret('The token'),
    spare: secret().optional(),
    imap: z.object({ host: z.string(), password: secret() }),
    tags: z.record(z.string(), z.string()).optional(),
    apiBaseUrl: apiBaseUrl('https://api.example'),
  }),
} as unknown as Connector;
const settings = { address: 'a@shop.example', token: 't', imap: { host: 'mail.shop.example', password: 'p' } };

it('publishes secrets as write-only', () => {
  const { properties } = settingsSchema(connector) as any;
  expect([properties.token.writeOnly, properties.imap.properties.password.writeOnly, properties.address.writeOnly]).toEqual([
    true,
    true,
    undefined,
  ]);
});

it('shows secrets as set', () => {
  expect(shownSettings(connector, { ...settings, spare: 's' })).toEqual({
    ...settings,
    token: SECRET_SHOWN,
    spare: SECRET_SHOWN,
    imap: { host: 'mail.shop.example', password: SECRET_SHOWN },
  });
});

it.each<[string, object, object]>([
  ['joins objects', { imap: { host: 'h' } }, { ...settings, imap: { host: 'h', password: 'p' } }],
  ['takes back what is null', { address: null }, { token: 't', imap: settings.imap }],
  ['leaves secrets that are shown as set', { token: SECRET_SHOWN, imap: { password: SECRET_SHOWN } }, settings],
  ['changes a secret', { token: 'new' }, { ...settings, token: 'new' }],
])('%s', (_name, patch, expected) => {
  expect(mergedSettings(settings, patch as Record<string, unknown>)).toEqual(expected);
});

it.each<[string, object, string[]]>([
  ['nothing', settings, []],
  ['what is missing', { address: 'a' }, ['/settings/token', '/settings/imap']],
  [
    'what is not known, deep down too',
    { ...settings, colour: 1, imap: { ...settings.imap, prot: 1 } },
    ['/settings/imap/prot', '/settings/colour'],
  ],
  ['a secret that only looks like one', { ...settings, token: SECRET_SHOWN }, ['/settings/token']],
  ['what is of the wrong kind', { ...settings, imap: 'mail' }, ['/settings/imap']],
  ['nothing in a free table', { ...settings, tags: { any: 'thing' } }, []],
])('finds %s', (_name, given, pointers) => {
  const read = readSettings(connector, given as Record<string, unknown>);
  expect('problems' in read ? read.problems.map(({ pointer }) => pointer) : []).toEqual(pointers);
});
