import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mediaId } from '@parley/model';
import { mediaIdOf } from '../media';
import { SecretBox } from '../secret-box';
import { DirectoryMediaStore } from './directory-store';
import { signMediaLink, verifyMediaLink } from './links';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let dir: string;
let store: DirectoryMediaStore;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parley-media-'));
  store = new DirectoryMediaStore(dir);
});
afterEach(() => rm(dir, { recursive: true }));

describe('the media directory', () => {
  it('keeps a file and what is known of it, its type by the bytes', async () => {
    const info = await store.put({ merchantId: 'mer_a', source: 'acc_1/1', bytes: png, mime: 'text/html', name: '图.png' });
    expect(info).toMatchObject({ id: mediaId('mer_a', 'acc_1/1'), mime: 'image/png', name: '图.png', sizeBytes: png.length });
    expect(await store.read('mer_a', info.id)).toEqual({ info, bytes: png });
  });

  it('changes nothing when the same source comes again, at once or later', async () => {
    const file = { merchantId: 'mer_a', source: 's', bytes: png, mime: 'image/png', name: null };
    const [first] = await Promise.all([store.put(file), store.put(file), store.put(file)]);
    expect(await store.put({ ...file, bytes: Buffer.from('other') })).toMatchObject({ sizeBytes: png.length, id: first.id });
    const [shard] = await readdir(join(dir, 'mer_a'));
    expect((await readdir(join(dir, 'mer_a', shard ?? ''))).sort()).toEqual([first.id, `${first.id}.json`]);
  });

  it("does not show another merchant's files, and no files outside", async () => {
    const { id } = await store.put({ merchantId: 'mer_a', source: 's', bytes: png, mime: 'image/png', name: null });
    expect(await store.info('mer_b', id)).toBeNull();
    expect(await store.read('mer_b', id)).toBeNull();
    await expect(store.read('..', 'etc')).rejects.toMatchObject({ code: 'media-id' });
    await expect(store.read('mer_a', '../../x')).rejects.toMatchObject({ code: 'media-id' });
  });

  it.each([
    ['audio/ogg; codecs=opus', Buffer.from('no ogg at all'), 'audio/ogg; codecs=opus'],
    ['', Buffer.from([1, 2, 3]), 'application/octet-stream'],
    ['image/svg+xml', Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'],
    ['application/vnd.ms-excel', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), 'application/vnd.ms-excel'],
  ])('believes %j where the bytes tell nothing better', async (mime, bytes, expected) => {
    expect((await store.put({ merchantId: 'm', source: mime, bytes, mime, name: null })).mime).toBe(expected);
  });
});

describe('media links', () => {
  const secrets = new SecretBox('0123456789abcdef');
  const now = Date.UTC(2030, 0, 1);
  const queryOf = (link: string) => Object.fromEntries(new URL(link, 'http://x').searchParams);

  it('open one file of one merchant until they expire', () => {
    const link = signMediaLink(secrets, 'mer_a', 'med_1', now + 60_000);
    expect(mediaIdOf(link)).toBe('med_1');
    expect(verifyMediaLink(secrets, 'med_1', queryOf(link), now)).toEqual({ merchantId: 'mer_a' });
    expect(verifyMediaLink(secrets, 'med_1', queryOf(link), now + 61_000)).toBeNull();
  });

  it.each([
    ['another file', 'med_2', {}],
    ['another merchant', 'med_1', { merchant: 'mer_b' }],
    ['a later end', 'med_1', { expires: '9999999999' }],
    ['no signature', 'med_1', { signature: undefined }],
    ['a list', 'med_1', { signature: ['a', 'b'] }],
  ])('do not open %s', (_, id, change) => {
    const query = { ...queryOf(signMediaLink(secrets, 'mer_a', 'med_1', now + 60_000)), ...change };
    expect(verifyMediaLink(secrets, id, query, now)).toBeNull();
  });
});
