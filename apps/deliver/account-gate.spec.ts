import { AccountGate } from './account-gate';

const rate = { perSecond: 1_000, burst: 1_000 };
const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

async function isOpen(gate: AccountGate): Promise<boolean> {
  let open = false;
  void gate.enter().then((entered) => {
    open = entered;
  });
  await turn();
  return open;
}

describe('the gate of an account', () => {
  let ending: AbortController;
  let gate: AccountGate;
  beforeEach(() => {
    ending = new AbortController();
    gate = new AccountGate({ rate, signal: ending.signal, random: () => 1 });
  });
  afterEach(() => ending.abort());

  it('is shut during a pause and opens when a person mended the account', async () => {
    gate.pause(60_000);
    const entered = gate.enter();
    await turn();
    gate.resume();
    expect(await entered).toBe(true);
  });

  it('lets nobody in when all is to end', async () => {
    gate.pause(60_000);
    const entered = gate.enter();
    ending.abort();
    expect(await entered).toBe(false);
  });

  it('lets one in at a time while the channel seems down, and all once it answers', async () => {
    for (let failure = 0; failure < 5; failure += 1) gate.unanswered();
    gate.resume();
    expect(await isOpen(gate)).toBe(true);
    const second = gate.enter();
    expect(await Promise.race([second, turn()])).toBeUndefined();
    gate.answered();
    gate.leave();
    expect(await second).toBe(true);
    expect(await isOpen(gate)).toBe(true);
  });

  it('rests after some failures in a row', async () => {
    for (let failure = 0; failure < 4; failure += 1) gate.unanswered();
    expect(await isOpen(gate)).toBe(true);
    gate.leave();
    gate.unanswered();
    expect(await isOpen(gate)).toBe(false);
  });
});
