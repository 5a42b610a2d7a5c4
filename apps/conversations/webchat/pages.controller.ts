import { Controller, Get, Param } from '@nestjs/common';
import { ProblemError } from '@parley/runtime';
import type { FastifyReply } from 'fastify';
import { type Exchange, Over } from '../api/call/caller';
import { builtFolder, StaticFiles } from './static-files';

/** Names of the build carry a hash of what is in them. */
const FOR_EVER = 'public, max-age=31536000, immutable';
const ASK_AGAIN = 'no-cache';

const POLICY = [
  "default-src 'self'",
  // Product pictures lie with the marketplaces.
  "img-src 'self' data: blob: https:",
  "media-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** The pages: the inbox at `/`, the chat window's script at `/widget.js`. */
@Controller()
export class PagesController {
  private readonly inbox = new StaticFiles(builtFolder('inbox', 'index.html'));
  private readonly widget = new StaticFiles(builtFolder('widget', 'widget.js'));

  @Get()
  index(@Over() over: Exchange) {
    return this.page(over);
  }

  /** A place inside the inbox: the page finds out itself which. */
  @Get(['c/*', 'settings/*', 'settings'])
  place(@Over() over: Exchange) {
    return this.page(over);
  }

  @Get('assets/*')
  asset(@Param('*') path: string, @Over() over: Exchange) {
    return this.file(`assets/${path}`, FOR_EVER, over);
  }

  @Get('widget.js')
  async script(@Over() { request, reply }: Exchange) {
    // For pages of other origins: that is what it is for.
    reply.headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' });
    const bytes = await this.widget.answer('widget.js', 'public, max-age=300', request, reply);
    if (bytes === undefined) throw notBuilt('The chat window');
    return bytes;
  }

  /** Files beside the page, such as its icon. */
  @Get(':file')
  beside(@Param('file') file: string, @Over() over: Exchange) {
    return this.file(file, ASK_AGAIN, over);
  }

  private async page(over: Exchange) {
    if (!(await this.inbox.has('index.html'))) throw notBuilt('The inbox');
    return this.file('index.html', ASK_AGAIN, over);
  }

  private async file(path: string, cacheControl: string, { request, reply }: Exchange) {
    secure(reply);
    const bytes = await this.inbox.answer(path, cacheControl, request, reply);
    if (bytes === undefined) throw new ProblemError(404, 'not-found', 'There is nothing at this address.');
    return bytes;
  }
}

function secure(reply: FastifyReply): void {
  reply.headers({
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'permissions-policy': 'camera=(), geolocation=(), payment=()',
  });
}

const notBuilt = (what: string): ProblemError => new ProblemError(404, 'not-built', `${what} is not built. Run: npm run build`);
