import { createLogger } from '../logger';
import { tracingIsOn } from './spans';
import { startTracing, tracingWanted } from './start-tracing';

it.each([
  [{}, false],
  [{ OTEL_SERVICE_NAME: 'shop' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, true],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }, true],
  [{ OTEL_TRACES_EXPORTER: 'otlp' }, true],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_TRACES_EXPORTER: 'none' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'true' }, false],
])('records traces only where they are to go somewhere: %j', (env, wanted) => {
  expect(tracingWanted(env)).toBe(wanted);
});

it('is empty until it is started, and after it was stopped', async () => {
  const log = createLogger({ name: 'test', level: 'silent' });
  expect(await startTracing({}, 'parley', log)).toBeNull();
  expect(tracingIsOn()).toBe(false);
  const tracing = await startTracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' }, 'parley', log);
  expect(tracingIsOn()).toBe(true);
  await tracing?.stop();
  expect(tracingIsOn()).toBe(false);
});
