import { hkdfSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ParleyError } from '@parley/model';

export interface GeneratedKeys {
  readonly apiKey: boolean;
  readonly operatorKey: boolean;
}

/**
 * The secret key of an embedded Parley: made at the first start, then kept in the data folder, readable by its owner
 * only. Whoever loses it loses the accounts' settings; it belongs into the backup.
 */
export function keepSecretKey(dataDir: string): string {
  const file = join(dataDir, 'secret.key');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const key = readFileSync(file, 'utf8').trim();
  if (key.length >= 16) return key;
  throw new ParleyError('secret-key', `${file} is damaged: restore it from a backup, for without it no account can be opened`);
}

/**
 * A key that was not given is derived, not stored: every process gets the same one, a restart too, and nothing lies on
 * disk but the secret key.
 */
export function keyDerivedFor(use: 'api' | 'operator', secretKey: string): string {
  const bytes = Buffer.from(hkdfSync('sha256', secretKey, 'parley', `${use} key`, 32));
  return `${use === 'api' ? 'pk' : 'ok'}_${bytes.toString('base64url')}`;
}
