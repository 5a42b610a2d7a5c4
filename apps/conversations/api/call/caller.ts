import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ProblemError } from '@parley/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiKeyRecord, MerchantRecord } from '../../store';

export const scopes = ['messages:read', 'messages:write', 'bot', 'events:read', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who asks, by their key. */
export interface Caller {
  readonly merchant: MerchantRecord;
  readonly key: ApiKeyRecord;
}

/** `admin` may do everything; else one of the scopes is enough. */
export const mayDo = (caller: Caller, wanted: readonly Scope[]): boolean =>
  caller.key.scopes.includes('admin') || wanted.some((scope) => caller.key.scopes.includes(scope));

/** A key bound to accounts sees nothing of the others. */
export const sees = (caller: Caller, accountId: string): boolean => caller.key.accountIds?.includes(accountId) ?? true;

/** Undefined: all accounts of the merchant. */
export const accountsOf = (caller: Caller): readonly string[] | undefined => caller.key.accountIds ?? undefined;

/** What is not there, is another merchant's or another account's all looks the same. */
export const notFound = (what: string): ProblemError => new ProblemError(404, 'not-found', `There is no such ${what}.`);

/** One request and its answer. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface CallerRequest extends FastifyRequest {
  caller?: Caller;
}

/** The caller, as the guard found them. */
export const By = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { caller } = context.switchToHttp().getRequest<CallerRequest>();
  if (!caller) throw new ProblemError(401, 'unauthorized', 'This call needs an API key.');
  return caller;
});

/** The request and the reply as Fastify has them; Nest still sends what the handler returns. */
export const Over = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Exchange => ({
    request: context.switchToHttp().getRequest<FastifyRequest>(),
    reply: context.switchToHttp().getResponse<FastifyReply>(),
  }),
);
