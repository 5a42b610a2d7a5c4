import { type SmtpFailure, type Stage, smtpError } from './smtp-errors';

const answer = (responseCode: number, response: string, more: Partial<SmtpFailure> = {}): SmtpFailure => ({
  responseCode,
  response: `${responseCode} ${response}`,
  message: 'x',
  ...more,
});
const broken = (code: string): SmtpFailure => ({ code, message: 'x' });

describe('what a failure of SMTP asks for', () => {
  it.each<[string, SmtpFailure, string]>([
    ['421 from a busy server', answer(421, '4.3.2 shutting down'), 'unavailable'],
    ['450 of a recipient', answer(450, '4.2.0 greylisted', { command: 'RCPT TO', code: 'EENVELOPE' }), 'throttled'],
    ['451', answer(451, '4.3.0 local error'), 'unavailable'],
    ['452 too many', answer(452, '4.5.3 too many recipients'), 'throttled'],
    ['421 rate', answer(421, '4.7.28 rate limit exceeded'), 'throttled'],
    ['454 on login', answer(454, '4.7.0 temporary authentication failure', { code: 'EAUTH' }), 'unavailable'],
    ['535', answer(535, '5.7.8 bad credentials', { code: 'EAUTH' }), 'unauthorized'],
    ['530', answer(530, '5.7.0 authentication required'), 'unauthorized'],
    ['535 5.7.139', answer(535, '5.7.139 disabled', { code: 'EAUTH' }), 'unauthorized'],
    ['550 no such user', answer(550, '5.1.1 unknown', { code: 'EENVELOPE' }), 'rejected'],
    ['552 too big', answer(552, '5.3.4 too big', { code: 'EMESSAGE' }), 'rejected'],
    ['552 full', answer(552, '5.2.2 mailbox full'), 'throttled'],
    ['554 without a reason', answer(554, 'no'), 'rejected'],
  ])('%s', (_what, failure, fault) => {
    for (const stage of ['before-data', 'sent'] as const) expect(smtpError(failure, stage).fault).toBe(fault);
  });
  it.each<[string, Stage, string]>([
    ['ECONNECTION', 'before-data', 'unavailable'],
    ['ECONNECTION', 'in-data', 'unavailable'],
    ['ECONNECTION', 'sent', 'uncertain'],
    ['ETIMEDOUT', 'before-data', 'unavailable'],
    ['ETIMEDOUT', 'sent', 'uncertain'],
    ['ESOCKET', 'before-data', 'unavailable'],
    ['EDNS', 'before-data', 'unavailable'],
    ['EPROTOCOL', 'sent', 'uncertain'],
    ['ETLS', 'before-data', 'unavailable'],
    ['EAUTH', 'before-data', 'unauthorized'],
    ['EENVELOPE', 'before-data', 'rejected'],
    ['EMESSAGE', 'before-data', 'rejected'],
  ])('%s at stage %s', (code, stage, fault) => {
    expect(smtpError(broken(code), stage).fault).toBe(fault);
  });
  it('tells nothing of what the server said but its codes', () => {
    expect(smtpError(answer(550, '5.1.1 <ana@buyer.test> unknown'), 'before-data').message).not.toContain('ana');
  });
});
