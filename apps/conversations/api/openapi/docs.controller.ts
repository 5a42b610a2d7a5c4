import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Controller, Get, Param } from '@nestjs/common';
import type { EventType } from '@parley/model';
import { House } from '@parley/runtime';
import { StaticFiles } from '../../webchat/static-files';
import { type Exchange, notFound, Over } from '../call/caller';
import { asyncApi, eventSchema, eventTypeNames } from './event-schemas';
import { openApi } from './openapi';

const VERSION = '1';
const POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'";

/** What the API says about itself: for programs, and for people at `/docs`. All from this machine. */
@Controller()
export class DocsController {
  private readonly swagger = new StaticFiles(dirname(createRequire(__filename).resolve('swagger-ui-dist/package.json')));
  private openApiJson: object | undefined;
  private asyncApiJson: object | undefined;

  constructor(private readonly house: House) {}

  @Get('openapi.json')
  openApi(@Over() over: Exchange): object {
    open(over);
    this.openApiJson ??= openApi(this.house.config.publicUrl, VERSION);
    return this.openApiJson;
  }

  @Get('asyncapi.json')
  asyncApi(@Over() over: Exchange): object {
    open(over);
    this.asyncApiJson ??= asyncApi(this.house.config.publicUrl, VERSION);
    return this.asyncApiJson;
  }

  @Get('schemas/:name')
  schema(@Param('name') name: string, @Over() over: Exchange): object {
    const type = name.replace(/\.json$/, '') as EventType;
    if (!name.endsWith('.json') || !eventTypeNames.includes(type)) throw notFound('schema');
    open(over);
    over.reply.type('application/schema+json; charset=utf-8');
    return eventSchema(type, this.house.config.publicUrl);
  }

  @Get('docs')
  docs(@Over() { reply }: Exchange): string {
    reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY);
    return PAGE;
  }

  @Get('docs/start.js')
  start(@Over() { reply }: Exchange): string {
    reply.type('text/javascript; charset=utf-8');
    return START;
  }

  @Get('docs/:file')
  async file(@Param('file') file: string, @Over() { request, reply }: Exchange) {
    const bytes = SERVED.has(file) ? await this.swagger.answer(file, 'public, max-age=86400', request, reply) : undefined;
    if (bytes === undefined) throw notFound('page');
    return bytes;
  }
}

/** Tools in a browser may read them from anywhere. */
const open = ({ reply }: Exchange): void => void reply.header('access-control-allow-origin', '*');

const SERVED = new Set(['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png']);

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Parley API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#docs', deepLinking: true, persistAuthorization: true, validatorUrl: null });
`;
