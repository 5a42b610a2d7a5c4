import { inspect } from 'node:util';
import { ParleyError } from '@parley/model';
import { AxiosError, type AxiosResponse } from 'axios';
import { ChannelError } from './errors';
import { httpFault, retryAfterOf } from './http-faults';

const config: any = {
  headers: { authorization: 'Bearer secret-token' },
  data: 'what a customer is told',
  url: 'https://x.example/?key=secret-token',
};
const answered = (status: number, headers: Record<string, string> = {}) =>
  new AxiosError('Request failed', 'ERR_BAD_RESPONSE', config, {}, {
    status,
    headers,
    data: 'secret-token',
    config,
    statusText: '',
  } as AxiosResponse);
const broken = (code: string, cause: object = {}) => {
  const error = new AxiosError(code, code, config, {});
  error.cause = Object.assign(new Error(code), { code, ...cause });
  return error;
};

describe('httpFault', () => {
  it.each([
    [answered(400), 'rejected', 'rejected'],
    [answered(401), 'unauthorized', 'unauthorized'],
    [answered(403), 'unauthorized', 'unauthorized'],
    [answered(404), 'rejected', 'rejected'],
    [answered(429), 'throttled', 'throttled'],
    [answered(500), 'unavailable', 'unavailable'],
    [answered(502), 'uncertain', 'unavailable'],
    [answered(503), 'unavailable', 'unavailable'],
    [answered(504), 'uncertain', 'unavailable'],
    [broken('ECONNREFUSED', { syscall: 'connect' }), 'unavailable', 'unavailable'],
    [broken('ETIMEDOUT', { syscall: 'connect' }), 'unavailable', 'unavailable'],
    [broken('ENOTFOUND'), 'unavailable', 'unavailable'],
    [broken('CERT_HAS_EXPIRED'), 'unavailable', 'unavailable'],
    [broken('ECONNRESET'), 'uncertain', 'unavailable'],
    [broken('ECONNABORTED'), 'uncertain', 'unavailable'],
    [broken('ERR_CANCELED'), 'uncertain', 'unavailable'],
    [new Error('something else'), 'uncertain', 'unavailable'],
    ['not even an error', 'uncertain', 'unavailable'],
  ])('%s: %s for a send, %s for a read', (error, send, read) => {
    expect(httpFault(error, { title: 'Acme', effect: true }).fault).toBe(send);
    expect(httpFault(error, { title: 'Acme', effect: false }).fault).toBe(read);
  });

  it('keeps what is known already, however deep', () => {
    const known = new ChannelError('rejected', 'This host is not allowed.');
    const wrapped = broken('ERR_BAD_REQUEST');
    wrapped.cause = known;
    expect(httpFault(wrapped, { title: 'Acme', effect: true })).toBe(known);
  });

  it('is a refusal where the house itself would not go', () => {
    const wrapped = broken('ERR_BAD_REQUEST');
    wrapped.cause = new ParleyError('private-address', 'This address is on a private network.');
    expect(httpFault(wrapped, { title: 'Acme', effect: true })).toMatchObject({ fault: 'rejected', code: 'private-address' });
  });

  it('carries nothing of the request', () => {
    const seen = inspect(httpFault(answered(500), { title: 'Acme', effect: true }), { depth: 10, showHidden: true });
    expect(seen).not.toContain('secret-token');
    expect(seen).not.toContain('customer');
  });

  it('says how long to wait', () => {
    expect(httpFault(answered(429, { 'retry-after': '7' }), { title: 'Acme', effect: true }).retryAfterMs).toBe(7_000);
  });
});

it.each([
  ['7', 7_000],
  ['0', 0],
  ['-1', 0],
  ['Mon, 05 Jan 2026 10:00:30 GMT', 30_000],
  ['Mon, 05 Jan 2026 09:00:00 GMT', 0],
  ['99999999', 86_400_000],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %p is %p ms', (value, expected) => {
  expect(retryAfterOf(value, Date.UTC(2026, 0, 5, 10))).toBe(expected);
});
