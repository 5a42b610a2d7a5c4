import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import type { Logger } from '../logger';
import { locatePostgres, type PostgresBinaries } from './binaries';
import { type Cluster, freePort, openCluster, type ServerSettings, writeSettings } from './cluster';
import { AlreadyOwnedError, Ownership } from './ownership';
import { findServer, launchServer, type ServerProcess, serverUrl, stopServer, untilReady } from './server-process';

export const DATABASE = 'parley';
/** Recovery replays at most `max_wal_size` of the log. */
const READY_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 5_000;
const RETRY_MS_FIRST = 100;
const RETRY_MS_MAX = 5_000;

export interface EmbeddedPostgresOptions {
  /** The cluster lies in `<dataDir>/postgres`; made at the first start. */
  readonly dataDir: string;
  readonly log: Logger;
  /** Server settings that win over ours; tests turn fsync off. */
  readonly settings?: ServerSettings;
  /** Default true: the server survives our death and is adopted by the next start. */
  readonly detached?: boolean;
  /** Called when another Parley took the data folder while our server was away: stop at once. */
  readonly onLost?: (error: Error) => void;
}

export interface EmbeddedPostgres {
  /** Connects as the database's owner; stays the same over restarts of the server. */
  readonly url: string;
  /** Stops the server in order; call it last, when nothing needs the database any more. */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that npm brought, or adopts the one a killed Parley left running, and keeps it running: after a
 * crash it is started again on the same port. One Parley at a time owns a data folder.
 * @throws AlreadyOwnedError when another living Parley works there; ParleyError saying what to do otherwise.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const settings = options.settings ?? {};
  const binaries = await locatePostgres();
  const opened = await openCluster(options.dataDir, binaries, settings);
  const cluster = { ...opened, folder: await realpath(opened.folder) };
  const supervisor = new Supervisor(cluster, binaries, options, settings);
  await supervisor.start();
  return supervisor;
}

class Supervisor implements EmbeddedPostgres {
  private server: ServerProcess | undefined;
  private ownership: Ownership | undefined;
  private port = 0;
  private stopping = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly binaries: PostgresBinaries,
    private readonly options: EmbeddedPostgresOptions,
    private readonly settings: ServerSettings,
  ) {}

  get url(): string {
    return serverUrl(this.port, this.cluster.password, DATABASE);
  }

  async start(): Promise<void> {
    await this.bringUpPatiently();
    try {
      this.ownership = await this.takeOwnership();
      await createDatabase(this.maintenanceUrl());
    } catch (error) {
      // Whoever owns the folder needs the server; if nobody does, it is ours to stop.
      if (!(error instanceof AlreadyOwnedError)) await this.stop();
      throw error;
    }
    void this.keepServer();
    void this.keepOwnership();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.server && !(await stopServer(this.server, this.cluster, this.binaries, STOP_TIMEOUT_MS))) {
      this.options.log.warn({ pid: this.server.pid }, 'PostgreSQL is still writing its last checkpoint; it ends by itself');
    }
    await this.ownership?.release();
  }

  /** A server found half-way through its own end, or two Parleys starting at once, settle within a few tries. */
  private async bringUpPatiently(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.bringUp();
      } catch (error) {
        if (attempt === 5) throw error;
        // Somebody may have taken the port between our looking and the server's listening.
        this.port = 0;
        await pause(RETRY_MS_FIRST * 2 ** attempt);
      }
    }
  }

  private async bringUp(): Promise<void> {
    const found = await findServer(this.cluster);
    if (found) {
      this.options.log.info({ pid: found.pid, port: found.port }, 'Adopting the PostgreSQL that is running already');
      this.server = found;
    } else {
      this.port ||= await freePort();
      await writeSettings(this.cluster, this.settings);
      this.server = await launchServer(this.cluster, this.binaries, this.port, this.options.detached ?? true);
    }
    this.port = this.server.port;
    await untilReady(this.server, this.cluster, READY_TIMEOUT_MS);
  }

  private async keepServer(): Promise<void> {
    while (!this.stopping) {
      await this.server?.exited;
      for (let retryMs = RETRY_MS_FIRST; !this.stopping; retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)) {
        this.options.log.error({ retryMs }, 'PostgreSQL ended by itself; starting it again');
        try {
          await this.bringUp();
          this.options.log.info({ pid: this.server?.pid }, 'PostgreSQL is back');
          break;
        } catch (err) {
          this.options.log.error({ err }, 'PostgreSQL could not be started');
          await pause(retryMs);
        }
      }
    }
  }

  private async keepOwnership(): Promise<void> {
    while (!this.stopping) {
      await this.ownership?.lost;
      for (let retryMs = RETRY_MS_FIRST; !this.stopping; retryMs = Math.min(retryMs * 2, RETRY_MS_MAX)) {
        try {
          this.ownership = await this.takeOwnership();
          break;
        } catch (error) {
          if (error instanceof AlreadyOwnedError) return this.options.onLost?.(error);
          // The server is still on its way back.
          await pause(retryMs);
        }
      }
    }
  }

  private takeOwnership(): Promise<Ownership> {
    return Ownership.take(this.maintenanceUrl(), dirname(this.cluster.folder));
  }

  private maintenanceUrl(): string {
    return serverUrl(this.port, this.cluster.password, 'postgres');
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (!rowCount) await client.query(`CREATE DATABASE ${escapeIdentifier(DATABASE)}`);
  } finally {
    await client.end();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
