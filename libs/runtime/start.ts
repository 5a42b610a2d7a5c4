import type { Server } from 'node:http';
import { type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { connectLogServer } from '@parley/event-log';
import type { App } from './app';
import { type Config, loadConfig, localUrl } from './config/config';
import type { House } from './house';
import { HouseModule } from './house.module';
import { createHttpServer } from './http/http-server';
import { countRequests, type RequestCount, stopTaking } from './http/intake';
import { type HeldPort, holdPort, portError } from './http/port';
import { ProblemFilter } from './http/problem-filter';
import { HouseWsAdapter } from './http/ws-adapter';
import { createLogger } from './logger';
import { handlingMetrics, measureBacklog, measureSaturation } from './metrics';
import { Backlog } from './metrics/backlog';
import { NestLogger } from './nest-logger';
import { Closers, openHouse, within } from './open-house';
import type { Needs } from './readiness';
import { startTracing } from './tracing/start-tracing';
import { isTransient } from './transient';

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Called once everything answers. */
  onReady?(running: RunningHouse): void | Promise<void>;
  /** Lines for the person who waits for the start; default: none. */
  onProgress?(line: string): void;
  /** The process cannot go on and must end; default: logged only. */
  onDead?(error: Error): void;
}

export interface RunningHouse {
  /** Where it listens, such as `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly house: House;
  readonly nest: NestFastifyApplication;
  /** Ends everything in order, the embedded database last. Takes less than ten seconds. A second call waits for the first. */
  stop(): Promise<void>;
}

const INTAKE_MS = 2_500;
const CONSUMERS_MS = 3_000;
const TRACES_MS = 1_000;

/**
 * Starts the given apps in this process, on one port, over one house.
 * @throws ConfigError, AlreadyOwnedError and other ParleyErrors whose message tells a person what to do.
 */
export async function startApps(apps: readonly App[], options: StartOptions = {}): Promise<RunningHouse> {
  const given = loadConfig(options.env);
  const held = await holdPort(given.host, given.port);
  const config = withPort(given, held.port);
  const log = createLogger({ name: apps.length === 1 ? (apps[0]?.name ?? 'parley') : 'parley', level: config.logLevel });
  for (const warning of config.warnings) log.warn(warning);
  const stopping = new AbortController();
  const closers = new Closers(log);
  const progress = (line: string) => options.onProgress?.(line);
  const onDead = (err: Error) => {
    log.fatal({ err }, 'Parley cannot go on');
    options.onDead?.(err);
  };
  try {
    const tracing = await startTracing(options.env ?? process.env, serviceName(apps), log);
    if (tracing) closers.add('traces', () => within(TRACES_MS, tracing.stop()));
    const house = await openHouse({ apps, config, log, stopping: stopping.signal, progress, onDead }, closers);
    progress('Starting the apps');
    const { nest, requests } = await createNest(apps, house);
    closers.add('apps', () => within(CONSUMERS_MS + 1_000, nest.close()));
    await listen(nest, config, held);
    closers.add('intake', () => stopTaking(nest.getHttpServer() as Server, requests, INTAKE_MS));
    let stopped: Promise<void> | undefined;
    const running: RunningHouse = {
      url: localUrl(config.host, config.port),
      house,
      nest,
      stop: () => {
        stopping.abort();
        stopped ??= closers.closeAll();
        return stopped;
      },
    };
    log.info({ apps: apps.map((app) => app.name), mode: config.mode, url: running.url }, 'Parley is ready');
    await options.onReady?.(running);
    return running;
  } catch (error) {
    await held.release();
    stopping.abort();
    await closers.closeAll();
    throw error;
  }
}

/** What traces call this process, unless `OTEL_SERVICE_NAME` does. */
const serviceName = (apps: readonly App[]): string => (apps.length === 1 ? `parley-${apps[0]?.name}` : 'parley');

/** "Any free port" is known now, so that everything that makes links knows it from the beginning. */
function withPort(config: Config, port: number): Config {
  const unnamed = config.publicUrl === localUrl(config.host, config.port);
  return Object.freeze({ ...config, port, publicUrl: unnamed ? localUrl(config.host, port) : config.publicUrl });
}

async function createNest(apps: readonly App[], house: House): Promise<{ nest: NestFastifyApplication; requests: RequestCount }> {
  const { adapter, routes } = createHttpServer(house.log, house.metrics);
  const database = house.config.mode === 'embedded' || !apps.every((app) => app.worksWithoutDatabase);
  const readers = apps.filter((app) => app.transport !== undefined);
  const backlog = new Backlog(
    house.eventLog,
    readers.map((app) => `parley.${app.name}`),
  );
  const nest = await NestFactory.create<NestFastifyApplication>(rootModule(apps, house, { database, backlog }), adapter, {
    logger: new NestLogger(house.log),
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: true,
  });
  const server = nest.getHttpServer() as Server;
  const requests = countRequests(server);
  nest.useWebSocketAdapter(new HouseWsAdapter(server));
  nest.useGlobalFilters(new ProblemFilter(house.log, routes));
  const hooksFor = handlingMetrics(house.metrics);
  for (const app of readers) {
    connectLogServer(nest, {
      log: house.eventLog,
      app: app.name,
      transport: app.transport as symbol,
      topics: app.topics,
      isTransient,
      logger: house.log.child({ app: app.name }),
      hooks: hooksFor(app.name),
      drainMs: CONSUMERS_MS,
    });
  }
  measureBacklog(house.metrics, backlog);
  measureSaturation(house.metrics, { database: house.database, eventLog: house.eventLog, requests });
  return { nest, requests };
}

/** Modules are initialized (first keys made, sockets attached) before the first record and the first request. */
async function listen(nest: NestFastifyApplication, config: Config, held: HeldPort): Promise<void> {
  await nest.init();
  await nest.startAllMicroservices();
  await held.release();
  try {
    await nest.listen(config.port, config.host);
  } catch (error) {
    throw portError(error, config.host, config.port);
  }
}

function rootModule(apps: readonly App[], house: House, needs: Needs): DynamicModule {
  return { module: RootModule, imports: [HouseModule.of(house, needs), ...apps.map((app) => app.module)] };
}

@Module({})
class RootModule {}
