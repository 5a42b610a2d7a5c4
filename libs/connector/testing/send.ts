import { type AccountFacts, ChannelError, type Connector, type Fault, type SendResult } from '@parley/connector';
import type { ConnectorDriver, FakeProvider, Misbehaviour } from './driver';
import {
  accountOf,
  contextOf,
  draftTo,
  everythingIn,
  LogSpy,
  type MessageEvent,
  secretsOf,
  sendContextOf,
  someMessage,
} from './stage';

/** What a customer is told; must not be found in logs or errors. */
const TEXT = 'Confidencial: su lámpara azul sale mañana';
const SEND_MS_MAX = 15_000;

export function describeSend(connector: Connector, driver: ConnectorDriver): void {
  describe('send', () => {
    let provider: FakeProvider | null = null;
    let account: AccountFacts<any>;
    let event: MessageEvent;
    beforeAll(async () => {
      provider = (await driver.outbound.provider?.()) ?? null;
      account = accountOf(connector, driver, provider?.url);
      event = await someMessage(connector, driver, account);
    });
    afterAll(async () => {
      await provider?.close();
    });
    beforeEach(() => provider?.behave('ok'));

    const sendFirst = async (log: LogSpy, to = account): Promise<SendResult> => {
      const { requests } = connector.render(draftTo(event, [{ kind: 'text', text: TEXT }]), to);
      // What is sent was written down before, and is read back.
      const request = JSON.parse(JSON.stringify(requests[0]));
      return connector.send(request, sendContextOf(contextOf(to, log), 'msg_conformance0000000000000001'));
    };
    /** Ends in a result or a ChannelError; anything else is a failure of the connector. */
    const outcomeOf = async (log: LogSpy, to = account): Promise<SendResult | ChannelError> => {
      try {
        return await sendFirst(log, to);
      } catch (error) {
        if (error instanceof ChannelError) return error;
        throw new Error('Not a ChannelError', { cause: error });
      }
    };
    const expectSilence = (log: LogSpy, outcome: unknown): void => {
      const seen = [...log.lines, everythingIn(outcome)].join('\n');
      expect(seen).not.toContain(TEXT);
      for (const secret of secretsOf(connector, account.settings)) expect(seen).not.toContain(secret);
    };

    it('gives the id of the channel', async () => {
      const log = new LogSpy();
      const before = provider?.sentCount() ?? 0;
      const result = await sendFirst(log);
      expect(result.externalId).toEqual(expect.stringMatching(/\S/));
      if (provider) expect(provider.sentCount() - before).toBe(1);
      expectSilence(log, null);
    });

    const expected: Record<Exclude<Misbehaviour, 'unreachable'>, readonly (Fault | 'sent')[]> = {
      throttled: ['throttled'],
      'server-error': ['unavailable', 'uncertain'],
      cut: ['uncertain'],
      slow: ['uncertain'],
      'expired-token': ['unauthorized'],
      garbage: ['uncertain'],
      refused: ['rejected'],
    };
    const { provider: start, never = [], faults } = driver.outbound;
    if (!start) return;

    for (const [name, usual] of Object.entries(expected) as [
      Exclude<Misbehaviour, 'unreachable'>,
      readonly (Fault | 'sent')[],
    ][]) {
      if (never.includes(name)) continue;
      const allowed = faults?.[name] ?? usual;
      it(
        `ends as ${allowed.join(' or ')} when the channel is ${name}`,
        async () => {
          provider?.behave(name);
          const before = provider?.sentCount() ?? 0;
          const log = new LogSpy();
          const outcome = await outcomeOf(log);
          expect(allowed).toContain(outcome instanceof ChannelError ? outcome.fault : 'sent');
          if (outcome instanceof ChannelError) {
            expect(outcome.code).not.toBe('');
            expect(outcome.message).not.toBe('');
            if (name === 'throttled' && outcome.retryAfterMs !== undefined) expect(outcome.retryAfterMs).toBeGreaterThan(0);
          }
          expect((provider?.sentCount() ?? 0) - before).toBeLessThanOrEqual(1);
          expectSilence(log, outcome);
        },
        SEND_MS_MAX,
      );
    }

    it('ends as unavailable when nobody is there, and works again afterwards', async () => {
      const gone = await start();
      await gone.close();
      const log = new LogSpy();
      const outcome = await outcomeOf(log, accountOf(connector, driver, gone.url));
      expect(outcome).toBeInstanceOf(ChannelError);
      expect((outcome as ChannelError).fault).toBe('unavailable');
      expectSilence(log, outcome);
      expect((await sendFirst(new LogSpy())).externalId).not.toBe('');
    });

    it('stops when the house stops', async () => {
      if (never.includes('slow')) return;
      provider?.behave('slow');
      const stop = new AbortController();
      const context = sendContextOf(contextOf(account, new LogSpy(), stop.signal), 'msg_conformance0000000000000001');
      const { requests } = connector.render(draftTo(event, [{ kind: 'text', text: TEXT }]), account);
      const sending = connector.send(requests[0], context).then(
        () => 'sent',
        (error: unknown) => (error instanceof ChannelError ? error.fault : 'other'),
      );
      setTimeout(() => stop.abort(), 50);
      expect(['uncertain', 'unavailable']).toContain(await sending);
    });
  });
}
