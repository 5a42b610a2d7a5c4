import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { newId } from '@parley/model';
import { House, ProblemError } from '@parley/runtime';
import type { FastifyRequest } from 'fastify';
import { claimIdempotencyKey, completeIdempotencyKey, releaseIdempotencyKey } from '../../store';
import type { Exchange } from './caller';

export interface OnceOptions {
  /** Whose keys these are: a merchant's id, or `*` for the operator's. */
  readonly merchantId: string;
  /** Status of a success. */
  readonly status: number;
  /** The answer holds a secret: kept sealed. */
  readonly secret?: boolean;
}

/**
 * The same POST with the same `Idempotency-Key` is done once and answered the same. A key counts for one address, so that
 * one used twice by chance does no harm. Without one the call is done each time.
 */
@Injectable()
export class Idempotency {
  constructor(private readonly house: House) {}

  /** `work` gets the key, made up where none was given: ids are derived from it. */
  async once<T>(over: Exchange, options: OnceOptions, work: (key: string) => Promise<T>): Promise<T> {
    const given = idempotencyKeyOf(over.request);
    if (given === null) return work(newId('key'));
    const { merchantId } = options;
    const stored = `${over.request.method} ${pathOf(over.request)} ${given}`;
    const claim = await this.house.database.transaction(merchantId, (client) =>
      claimIdempotencyKey(client, merchantId, stored, hashOf(over.request)),
    );
    switch (claim.kind) {
      case 'running':
        throw new ProblemError(409, 'idempotency-running', 'A request with this Idempotency-Key is being worked on.', {
          headers: { 'retry-after': '1' },
        });
      case 'mismatch':
        throw new ProblemError(422, 'idempotency-mismatch', 'This Idempotency-Key was used with another body.', {
          errors: [{ parameter: 'Idempotency-Key', detail: 'Use a new key for a new request.' }],
        });
      case 'done':
        over.reply.header('idempotency-replayed', 'true').status(claim.status);
        return this.opened(stored, claim.response) as T;
      case 'claimed':
        return this.work(stored, given, options, work);
    }
  }

  private async work<T>(stored: string, given: string, options: OnceOptions, work: (key: string) => Promise<T>): Promise<T> {
    const { merchantId, status } = options;
    let answer: T;
    try {
      answer = await work(given);
    } catch (error) {
      await this.quietly(() =>
        this.house.database.transaction(merchantId, (client) => releaseIdempotencyKey(client, merchantId, stored)),
      );
      throw error;
    }
    const kept = options.secret ? this.sealed(stored, answer) : answer;
    await this.quietly(() =>
      this.house.database.transaction(merchantId, (client) => completeIdempotencyKey(client, merchantId, stored, status, kept)),
    );
    return answer;
  }

  /** The work is done or refused by now, and that is what the caller is to hear. */
  private async quietly(note: () => Promise<void>): Promise<void> {
    try {
      await note();
    } catch (err) {
      this.house.log.warn({ err }, 'The outcome of an Idempotency-Key could not be noted');
    }
  }

  private sealed(stored: string, answer: unknown): { sealed: string } {
    return { sealed: this.house.secrets.seal(JSON.stringify(answer), aad(stored)).toString('base64') };
  }

  private opened(stored: string, kept: unknown): unknown {
    const { sealed } = (kept ?? {}) as { sealed?: unknown };
    if (typeof sealed !== 'string' || Object.keys(kept as object).length !== 1) return kept;
    return JSON.parse(this.house.secrets.open(Buffer.from(sealed, 'base64'), aad(stored)));
  }
}

const aad = (stored: string): string => `idempotency/${stored}`;
const KEY = /^[\x21-\x7e]{1,255}$/;

/** @throws ProblemError 400 when it is no such key. */
export function idempotencyKeyOf(request: FastifyRequest): string | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : '';
  if (KEY.test(key)) return key;
  throw new ProblemError(400, 'invalid-headers', 'The Idempotency-Key is not usable.', {
    errors: [{ parameter: 'Idempotency-Key', detail: 'It has 1 to 255 visible ASCII characters.' }],
  });
}

const pathOf = (request: FastifyRequest): string => request.url.split('?', 1)[0] ?? request.url;

/** Two bodies that say the same in another order are the same body. */
function hashOf(request: FastifyRequest): Buffer {
  const hash = createHash('sha256');
  if (Buffer.isBuffer(request.body)) return hash.update(withoutBoundary(request)).digest();
  return hash.update(JSON.stringify(sorted(request.body ?? {}))).digest();
}

/** A form that is sent again has another boundary between its fields. */
function withoutBoundary(request: FastifyRequest): Buffer {
  const bytes = request.body as Buffer;
  const boundary = /boundary="?([^";]+)"?/i.exec(request.headers['content-type'] ?? '')?.[1];
  return boundary ? Buffer.from(bytes.toString('latin1').replaceAll(boundary, ''), 'latin1') : bytes;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
