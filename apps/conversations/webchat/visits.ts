import { Injectable } from '@nestjs/common';
import { accountFacts } from '@parley/channels';
import type { AccountFacts } from '@parley/connector';
import { isAllowedOrigin, readSession, type WebchatClaims, type WebchatSettings } from '@parley/connectors/webchat';
import { conversationId } from '@parley/model';
import { House, ProblemError } from '@parley/runtime';
import { notFound } from '../api/call/caller';

/** Somebody at the chat window of a shop. */
export interface Visit {
  readonly account: AccountFacts<WebchatSettings>;
  readonly visitor: WebchatClaims;
  /** Theirs for ever, whether it has begun or not. */
  readonly conversationId: string;
}

@Injectable()
export class Visits {
  constructor(private readonly house: House) {}

  /** @throws ProblemError 404 when no chat window belongs to it. */
  async account(accountId: string): Promise<AccountFacts<WebchatSettings>> {
    const account = await this.house.accounts.get(accountId);
    if (account?.channel !== 'webchat') throw notFound('account');
    return accountFacts(account, this.house.secrets) as AccountFacts<WebchatSettings>;
  }

  /** @throws ProblemError 404, 403 for a page of another shop, 401 without a valid session. */
  async visit(accountId: string, token: string | null, origin: string | undefined): Promise<Visit> {
    const account = await this.account(accountId);
    assertOrigin(account, origin);
    const visitor = token === null ? null : readSession(account.signingKey, token, Date.now());
    if (!visitor) throw new ProblemError(401, 'session-invalid', 'The session is not valid or is over: start a new one.');
    return { account, visitor, conversationId: conversationId(account.id, visitor.visitorId) };
  }
}

export function assertOrigin(account: AccountFacts<WebchatSettings>, origin: string | undefined): void {
  if (isAllowedOrigin(account.settings.allowedOrigins, origin)) return;
  throw new ProblemError(403, 'origin-not-allowed', 'This web page may not use the chat.');
}
