import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { equalsSecret } from '@parley/connector';
import { House, ProblemError } from '@parley/runtime';
import type { FastifyReply } from 'fastify';
import { CALL, type CallOptions } from './call-options';
import { type Caller, type CallerRequest, mayDo } from './caller';
import { bearerOf, KeyRing } from './key-ring';
import { RateLimits } from './rate-limits';

/** Nobody comes to a call of the API but with a key that may do it, and not too often. */
@Injectable()
export class ApiGuard implements CanActivate {
  constructor(
    private readonly house: House,
    private readonly keys: KeyRing,
    private readonly limits: RateLimits,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CallerRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const { scopes } = this.reflector.get<CallOptions>(CALL, context.getHandler());
    const given = bearerOf(request.headers.authorization);
    if (scopes === 'operator') {
      await this.limits.take('operator', reply);
      this.assertOperator(given);
      return true;
    }
    if (scopes === 'open') return true;
    if (given && this.isOperator(given)) {
      throw new ProblemError(403, 'operator-key', 'The operator key makes merchants. This call needs the key of a merchant.');
    }
    const caller = await this.keys.callerOf(given);
    await this.limits.take(caller.key.id, reply);
    assertAllowed(caller, scopes);
    request.caller = caller;
    return true;
  }

  private isOperator(given: string): boolean {
    return equalsSecret(given, this.house.config.operatorKey);
  }

  private assertOperator(given: string | null): void {
    if (given && this.isOperator(given)) return;
    if (!given) throw this.keys.refusal();
    throw new ProblemError(403, 'operator-only', 'This call needs the operator key (PARLEY_OPERATOR_KEY).');
  }
}

export function assertAllowed(caller: Caller, wanted: Parameters<typeof mayDo>[1]): void {
  if (mayDo(caller, wanted)) return;
  throw new ProblemError(403, 'scope-missing', `This key may not do that. It takes the scope ${wanted.join(' or ')}.`, {
    extensions: { scopes: wanted },
  });
}
