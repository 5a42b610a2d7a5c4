import { inSpan } from '@parley/runtime';
import type { Direction, TranslateOutcome, Translator } from '@parley/translation';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** How translation is doing, for whoever watches `/metrics`. */
export class TranslateMetrics {
  private readonly outcomes: Counter;
  private readonly durations: Histogram;

  constructor(registry: Registry, translator: Translator) {
    this.outcomes = new Counter({
      name: 'parley_translations_total',
      help: 'Messages translated, by what came of it',
      labelNames: ['direction', 'outcome', 'engine'],
      registers: [registry],
    });
    this.durations = new Histogram({
      name: 'parley_translation_duration_seconds',
      help: 'Time to translate a message, every engine and try included',
      labelNames: ['direction', 'outcome'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 25],
      registers: [registry],
    });
    new Gauge({
      name: 'parley_translation_engine_ready',
      help: '1 while an engine is asked, 0 while it is left alone',
      labelNames: ['engine', 'state'],
      registers: [registry],
      collect() {
        this.reset();
        for (const { name, state } of translator.engineStates()) this.set({ engine: name, state }, Number(state === 'ready'));
      },
    });
  }

  /** Runs a translation and notes what came of it. */
  async watch(direction: Direction, work: () => Promise<TranslateOutcome>): Promise<TranslateOutcome> {
    const startedAt = performance.now();
    const { outcome, engine } = await inSpan(
      'translate text',
      { attributes: { 'parley.direction': direction } },
      async (span) => {
        const outcome = await work();
        const engine = outcome.kind === 'done' ? outcome.translation.engine : '';
        span?.setAttributes({ 'parley.outcome': outcome.kind, ...(engine ? { 'parley.engine': engine } : {}) });
        return { outcome, engine };
      },
    );
    this.outcomes.inc({ direction, outcome: outcome.kind, engine });
    this.durations.observe({ direction, outcome: outcome.kind }, (performance.now() - startedAt) / 1_000);
    return outcome;
  }
}
