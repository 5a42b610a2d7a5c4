import { Registry } from 'prom-client';
import { handlingMetrics } from '../metrics';
import { Backlog } from './backlog';
import { QuickHistogram } from './quick-histogram';
import { ACCOUNTS_MAX, stepSignals } from './step-signals';

const linesOf = async (registry: Registry, name: string): Promise<string[]> =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));

describe('a quick histogram', () => {
  it('is written as Prometheus reads it', async () => {
    const registry = new Registry();
    const histogram = new QuickHistogram({
      name: 'waited_seconds',
      help: 'x',
      labelNames: ['topic'],
      buckets: [0.1, 1],
      registry,
    });
    const series = histogram.labels('a"b');
    for (const seconds of [0.1, 0.5, 1, 7]) series.observe(seconds);
    expect((await registry.metrics()).trim().split('\n')).toEqual([
      '# HELP waited_seconds x',
      '# TYPE waited_seconds histogram',
      'waited_seconds_bucket{topic="a\\"b",le="0.1"} 1',
      'waited_seconds_bucket{topic="a\\"b",le="1"} 3',
      'waited_seconds_bucket{topic="a\\"b",le="+Inf"} 4',
      'waited_seconds_sum{topic="a\\"b"} 8.6',
      'waited_seconds_count{topic="a\\"b"} 4',
    ]);
  });
});

describe('the signals of a step', () => {
  it('tell what was handled, how long it took and what was given up, by account', async () => {
    const registry = new Registry();
    const hooks = handlingMetrics(registry)('normalize');
    const record = (accountId: string, waitedMs: number) => ({
      offset: 0n,
      key: '',
      headers: {},
      appendedAt: Date.now() - waitedMs,
      entry: { accountId },
    });
    hooks.handled?.('inbound.raw', 4, 12, [record('acc_1', 400), record('acc_1', 500), record('acc_2', 2_000)]);
    hooks.deadLettered?.('inbound.raw', 'failed', 'acc_2');
    expect(await linesOf(registry, 'parley_step_items_total')).toEqual([
      'parley_step_items_total{step="normalize",account="acc_1"} 2',
      'parley_step_items_total{step="normalize",account="acc_2"} 1',
    ]);
    expect(await linesOf(registry, 'parley_step_errors_total')).toEqual([
      'parley_step_errors_total{step="normalize",account="acc_2",kind="dead-letter-failed"} 1',
    ]);
    const latency = await linesOf(registry, 'parley_step_latency_seconds_bucket{step="normalize",account="acc_1"');
    expect(latency).toEqual(
      expect.arrayContaining([expect.stringMatching(/le="0.25"} 0$/), expect.stringMatching(/le="1"} 2$/)]),
    );
    expect(await linesOf(registry, 'parley_log_latency_seconds_count')).toEqual([
      'parley_log_latency_seconds_count{app="normalize",topic="inbound.raw"} 3',
    ]);
  });

  it('stay few however many accounts there are', async () => {
    const registry = new Registry();
    const signals = stepSignals(registry);
    for (let n = 0; n < 10 * ACCOUNTS_MAX; n++) {
      signals.handled('ingest', `acc_${n}`, 1);
      signals.took('ingest', `acc_${n}`, 0.1);
    }
    const counted = await linesOf(registry, 'parley_step_items_total');
    expect(counted).toHaveLength(ACCOUNTS_MAX + 1);
    expect(counted).toContain(`parley_step_items_total{step="ingest",account="other"} ${9 * ACCOUNTS_MAX}`);
    expect(await linesOf(registry, 'parley_step_latency_seconds_count')).toHaveLength(ACCOUNTS_MAX + 1);
  });
});

describe('the backlog', () => {
  it('is asked once for all who look in one moment, and is empty when the log is away', async () => {
    let asked = 0;
    const log = {
      lag: async (group: string) => {
        asked += 1;
        if (group === 'away') throw new Error('away');
        return { 'inbound.raw': 3, 'inbound.notice': 0 };
      },
      oldest: async () => ({ 'inbound.raw': Date.now() - 5_000 }),
    };
    const backlog = new Backlog(log as never, ['parley.normalize', 'away']);
    const [first] = await Promise.all([backlog.look(), backlog.look()]);
    expect(asked).toBe(2);
    expect(first).toEqual([
      { group: 'parley.normalize', topic: 'inbound.raw', records: 3, oldestMs: expect.any(Number) },
      { group: 'parley.normalize', topic: 'inbound.notice', records: 0, oldestMs: null },
    ]);
    expect(Math.round((first?.[0]?.oldestMs ?? 0) / 1_000)).toBe(5);
  });
});
