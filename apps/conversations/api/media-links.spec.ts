import { type House, SecretBox, verifyMediaLink } from '@parley/runtime';
import { MediaLinks } from './media-links';

const secrets = new SecretBox('a secret key that is long enough');
const links = new MediaLinks({ secrets } as unknown as House);

it('opens every file an answer names', () => {
  const message = {
    parts: [{ kind: 'media', url: '/v1/media/med_1' }],
    translations: [{ parts: [{ kind: 'card', image: '/v1/media/med_2', url: 'https://shop.example/p' }] }],
  };
  const shown = links.in('mer_1', message) as any;
  expect(shown.parts[0].url).toMatch(/^\/v1\/media\/med_1\?merchant=mer_1&expires=\d+&signature=/);
  expect(shown.translations[0].parts[0].url).toBe('https://shop.example/p');
  const query = Object.fromEntries(new URL(shown.translations[0].parts[0].image, 'https://parley.example').searchParams);
  expect(verifyMediaLink(secrets, 'med_2', query)).toEqual({ merchantId: 'mer_1' });
  expect(verifyMediaLink(secrets, 'med_1', query)).toBeNull();
});

it('leaves alone what names none, and what people wrote', () => {
  const message = { parts: [{ kind: 'text', text: '/v1/media/med_1' }], url: null, list: [1, null, 'x'] };
  expect(links.in('mer_1', message)).toBe(message);
});

it('gives a file the same link within an hour, good for a day at least', () => {
  const now = Date.parse('2026-11-25T12:00:01Z');
  expect(links.linkTo('mer_1', 'med_1', now)).toBe(links.linkTo('mer_1', 'med_1', now + 3_500_000));
  const query = Object.fromEntries(new URL(links.linkTo('mer_1', 'med_1', now), 'https://parley.example').searchParams);
  expect(verifyMediaLink(secrets, 'med_1', query, now + 86_400_000)).not.toBeNull();
  expect(verifyMediaLink(secrets, 'med_1', query, now + 2 * 86_400_000)).toBeNull();
});
