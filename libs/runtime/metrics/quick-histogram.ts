import type { Registry } from 'prom-client';

/** One time series of a histogram: keep it at hand, an observation is then an addition. */
export interface Series {
  observe(seconds: number): void;
}

export interface QuickHistogramOptions<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly L[];
  /** Upper bounds in seconds, rising. */
  readonly buckets: readonly number[];
  readonly registry: Registry;
}

/**
 * A histogram for what happens with every record. prom-client's own sorts and hashes the labels at each observation,
 * which takes about a microsecond; here they are looked up once.
 */
export class QuickHistogram<L extends string> {
  private readonly series = new Map<string, Cell>();

  constructor(private readonly options: QuickHistogramOptions<L>) {
    const { name, help, registry } = options;
    // What a registry asks of a metric: its name, and an answer to `get` and `reset`.
    const metric = { name, help, type: 'histogram', aggregator: 'sum', get: () => this.get(), reset: () => this.series.clear() };
    registry.registerMetric(metric as never);
  }

  labels(...values: readonly string[]): Series {
    const key = JSON.stringify(values);
    let cell = this.series.get(key);
    if (!cell) {
      const labels = Object.fromEntries(this.options.labelNames.map((name, at) => [name, values[at] ?? '']));
      cell = new Cell(labels, this.options.buckets);
      this.series.set(key, cell);
    }
    return cell;
  }

  private get() {
    const { name, help } = this.options;
    const values = [...this.series.values()].flatMap((cell) => cell.values(name));
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}

class Cell implements Series {
  private readonly counts: number[];
  private sum = 0;

  constructor(
    private readonly labels: Readonly<Record<string, string>>,
    private readonly buckets: readonly number[],
  ) {
    this.counts = new Array(buckets.length + 1).fill(0);
  }

  observe(seconds: number): void {
    const { buckets, counts } = this;
    let at = 0;
    while (at < buckets.length && seconds > (buckets[at] as number)) at += 1;
    counts[at] = (counts[at] as number) + 1;
    this.sum += seconds;
  }

  values(name: string) {
    let count = 0;
    const rows = this.counts.map((more, at) => {
      count += more;
      const le = at < this.buckets.length ? (this.buckets[at] as number) : '+Inf';
      return { metricName: `${name}_bucket`, labels: { ...this.labels, le }, value: count };
    });
    return [
      ...rows,
      { metricName: `${name}_sum`, labels: this.labels, value: this.sum },
      { metricName: `${name}_count`, labels: this.labels, value: count },
    ];
  }
}
