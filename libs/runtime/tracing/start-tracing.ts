import { DiagLogLevel, diag, trace } from '@opentelemetry/api';
import type { Logger } from '../logger';

export interface Tracing {
  /** Sends what is finished; what cannot be sent in time is lost. */
  stop(): Promise<void>;
}

const ENDPOINTS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_TRACES_EXPORTER'];

/** Is somebody to be told about traces? The names are OpenTelemetry's own. */
export function tracingWanted(env: NodeJS.ProcessEnv): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return false;
  return ENDPOINTS.some((name) => Boolean(env[name]));
}

/** What is written as JSON over HTTP or gRPC is somebody else's: a collector takes protobuf over HTTP as well. */
function unspoken(env: NodeJS.ProcessEnv): string | null {
  const protocol = env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || 'http/protobuf';
  if (protocol !== 'http/protobuf') return `OTEL_EXPORTER_OTLP_PROTOCOL ${protocol} is not spoken here, http/protobuf is`;
  const exporter = env['OTEL_TRACES_EXPORTER'] || 'otlp';
  return exporter === 'otlp' ? null : `OTEL_TRACES_EXPORTER ${exporter} is not known here, otlp is`;
}

/**
 * Starts to record traces when the environment names where they are to go. The SDK is loaded only then; without it every
 * call of the API is a call of an empty function. Which traces are recorded is the sampler's to say (`OTEL_TRACES_SAMPLER`).
 */
export async function startTracing(env: NodeJS.ProcessEnv, service: string, log: Logger): Promise<Tracing | null> {
  if (!tracingWanted(env)) return null;
  const [{ NodeTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, resources, { W3CTraceContextPropagator }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-node'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/core'),
    ]);
  diag.setLogger(diagnostics(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const problem = unspoken(env);
  if (problem) log.warn(problem);
  const provider = new NodeTracerProvider({
    resource: resources
      .resourceFromAttributes({ 'service.name': service, 'service.namespace': 'parley', 'process.pid': process.pid })
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  // Not the baggage: it carries whatever a caller put there.
  provider.register({ propagator: new W3CTraceContextPropagator() });
  log.info({ service }, 'Traces are recorded');
  return {
    async stop() {
      await provider.shutdown();
      trace.disable();
    },
  };
}

/** A collector that is away is worth a line, not one for each batch of spans. */
function diagnostics(log: Logger) {
  let quietUntil = 0;
  const warn = (message: string) => {
    if (Date.now() < quietUntil) return;
    quietUntil = Date.now() + 60_000;
    log.warn({ said: message.slice(0, 300) }, 'Traces could not be sent');
  };
  const nothing = () => undefined;
  return { error: warn, warn, info: nothing, debug: nothing, verbose: nothing };
}
