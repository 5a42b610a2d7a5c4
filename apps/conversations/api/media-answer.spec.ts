import { disposition, rangeOf } from './media-answer';

it.each([
  [undefined, null],
  ['bytes=0-0', { first: 0, last: 0 }],
  ['bytes=2-', { first: 2, last: 9 }],
  ['bytes=-3', { first: 7, last: 9 }],
  ['bytes=-30', { first: 0, last: 9 }],
  ['bytes=5-500', { first: 5, last: 9 }],
  // Nobody has to understand these: the whole file is an answer too.
  ['bytes=-', null],
  ['bytes=0-1,3-4', null],
  ['lines=0-1', null],
])('reads the range %j', (header, range) => {
  expect(rangeOf(header, 10)).toEqual(range);
});

it.each(['bytes=10-', 'bytes=5-3', 'bytes=-0'])('has no piece for %j', (header) => {
  expect(() => rangeOf(header, 10)).toThrow('The file has 10 bytes.');
});

it.each([
  [null, 'inline'],
  ['a.png', `inline; filename="a.png"; filename*=UTF-8''a.png`],
  ['尺 码.png', `inline; filename="_ _.png"; filename*=UTF-8''%E5%B0%BA%20%E7%A0%81.png`],
  ['a"; filename=b.exe', `inline; filename="a_; filename=b.exe"; filename*=UTF-8''a%22%3B%20filename%3Db.exe`],
  ["it's (1)*.txt", `inline; filename="it's (1)*.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`],
])('names a file %j', (name, header) => {
  expect(disposition('inline', name)).toBe(header);
});
