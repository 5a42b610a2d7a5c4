export { openSettings, sealSettings } from './account-settings';
export type { Account, AccountDirectory } from './accounts';
export { firstTime, newKeys } from './announce';
export type { App } from './app';
export { type Config, ConfigError, type EngineConfig, loadConfig, type MediaConfig } from './config/config';
export { type AccountCredentials, type CredentialStore, PostgresCredentialStore } from './credentials';
export { type Database, type DatabaseOptions, type MerchantScope, openDatabase } from './database/database';
export { isDatabaseUnavailable } from './database/database-errors';
export { merchantPolicies } from './database/merchant-policy';
export { type MigrationClass, type MigrationSet, migrate } from './database/migrate';
export { type GlossaryDirectory, House } from './house';
export { type BodyOptions, parseJson, TakesBody } from './http/body';
export { createHttp, type HttpOptions } from './http/guarded-http';
export {
  jsonPointer,
  type ProblemBody,
  ProblemError,
  type ProblemItem,
  type ProblemOptions,
  parsed,
  problemItems,
  type RequestPlace,
} from './http/problem';
export { isPublicAddress } from './http/public-address';
export { PrivateAddressError, publicAddresses } from './http/resolve-host';
export { type Lease, type Leases, PostgresLeases } from './leases';
export { createLogger, type Logger, type LoggerOptions, type LogLevel, logLevels } from './logger';
export { type MediaInfo, type MediaStore, mediaIdOf, mediaPath } from './media';
export { DirectoryMediaStore } from './media/directory-store';
export { signMediaLink, verifyMediaLink } from './media/links';
export { type Step, type StepSignals, stepSignals } from './metrics/step-signals';
export { openLog } from './open-log';
export { AlreadyOwnedError } from './postgres/ownership';
export { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './postgres/supervisor';
export { visitEmbeddedPostgres } from './postgres/visit';
export { run, say } from './run';
export { SecretBox } from './secret-box';
export { type RunningHouse, type StartOptions, startApps } from './start';
export { failSpan, inSpan, SpanKind, type SpanWish, tracingIsOn } from './tracing/spans';
export { inTraceOfConversation, rememberTrace } from './tracing/trace-memory';
export { isTransient } from './transient';
