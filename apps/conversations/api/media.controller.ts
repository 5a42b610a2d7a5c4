import { createHash } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { House, type MediaInfo, ProblemError, TakesBody, verifyMediaLink } from '@parley/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { assertAllowed } from './call/api.guard';
import { Call, FromPath, FromQuery } from './call/call';
import { By, type Caller, type Exchange, notFound, Over } from './call/caller';
import { Idempotency } from './call/idempotency';
import { bearerOf, KeyRing } from './call/key-ring';
import { answerFile } from './media-answer';
import { MediaLinks } from './media-links';
import { receivedFile } from './media-upload';

const BYTES_MAX = 100 * 1024 * 1024;
const uploadQuery = z.strictObject({
  name: z.string().min(1).max(255).optional().describe('Name of a file that comes as it is.'),
});
const mediaSchema = z.object({
  id: z.string(),
  url: z.string().describe('Opens the file without a key, for a day. Give it in the `url` of a media part.'),
  mime: z.string(),
  name: z.string().nullable(),
  sizeBytes: z.number().int(),
  createdAt: z.string(),
});
const tag = 'Media';

@Controller()
export class MediaController {
  constructor(
    private readonly house: House,
    private readonly idempotency: Idempotency,
    private readonly links: MediaLinks,
    private readonly keys: KeyRing,
  ) {}

  @Call('POST /v1/media', {
    summary: 'Upload a file, as a form (field `file`) or as it is',
    tag,
    scopes: ['messages:write', 'bot'],
    status: 201,
    once: true,
    answer: mediaSchema,
    bodyTypes: ['multipart/form-data', 'application/octet-stream'],
  })
  @TakesBody({ raw: true, maxBytes: BYTES_MAX })
  upload(@By() caller: Caller, @FromQuery(uploadQuery) query: z.infer<typeof uploadQuery>, @Over() over: Exchange) {
    return this.idempotency.once(over, { merchantId: caller.merchant.id, status: 201 }, async () => {
      const { bytes, mime, name } = await receivedFile(over.request, query.name ?? null);
      // The same file is the same file: named by its bytes, and by what it is called.
      const source = `upload:${createHash('sha256').update(bytes).digest('hex')}:${mime}:${name ?? ''}`;
      return this.shown(await this.house.media.put({ merchantId: caller.merchant.id, source, bytes, mime, name }));
    });
  }

  @Call('GET /v1/media/:id', {
    summary: 'A file, with a key or by a signed link',
    description: 'With `Accept: application/json`: what is known of it, and a fresh link.',
    tag,
    scopes: 'open',
    answer: mediaSchema,
    answerTypes: ['application/json', '*/*'],
  })
  async get(@FromPath() id: string, @Over() { request, reply }: Exchange): Promise<unknown> {
    const merchantId = await this.merchantOf(request, id);
    const info = /^med_[0-9a-z]{1,64}$/.test(id) ? await this.house.media.info(merchantId, id) : null;
    if (!info) throw notFound('file');
    if (wantsJson(request)) return this.shown(info);
    return this.file(info, request, reply);
  }

  /** By the link when there is one, else by the key. */
  private async merchantOf(request: FastifyRequest, id: string): Promise<string> {
    const query = request.query as Record<string, unknown>;
    const linked = verifyMediaLink(this.house.secrets, id, query);
    if (linked) return linked.merchantId;
    const given = bearerOf(request.headers.authorization);
    if (given === null && query['signature'] !== undefined) {
      throw new ProblemError(403, 'link-expired', 'This link is no longer valid. Ask for a new one.');
    }
    const caller = await this.keys.callerOf(given);
    assertAllowed(caller, ['messages:read', 'messages:write', 'bot']);
    return caller.merchant.id;
  }

  private async file(info: MediaInfo, request: FastifyRequest, reply: FastifyReply): Promise<Buffer | null> {
    return answerFile(info, request, reply, async () => {
      const stored = await this.house.media.read(info.merchantId, info.id);
      if (!stored) throw notFound('file');
      return stored.bytes;
    });
  }

  private shown({ id, merchantId, mime, name, sizeBytes, createdAt }: MediaInfo): z.infer<typeof mediaSchema> {
    return { id, url: this.links.linkTo(merchantId, id), mime, name, sizeBytes, createdAt };
  }
}

const wantsJson = (request: FastifyRequest): boolean => /^application\/json\b/i.test(request.headers.accept ?? '');
