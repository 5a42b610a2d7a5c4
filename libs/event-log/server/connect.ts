import { Catch, type INestApplication, type RpcExceptionFilter } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Ctx, type NestMicroservice, Payload } from '@nestjs/microservices';
import { type Observable, throwError } from 'rxjs';
import { LogServer, type LogServerOptions } from './log-server';

/** Nest replaces what a handler throws by "Internal server error"; retry needs to see the error itself. */
@Catch()
class PassErrorsOn implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** Gives an application its consumers. They start with `app.startAllMicroservices()`, which fails when topics and handlers do not match. */
export function connectLogServer(app: INestApplication, options: LogServerOptions): LogServer {
  const server = new LogServer(options);
  nameArguments(app, options.transport);
  const service = app.connectMicroservice({ strategy: server }, { deferInitialization: true }) as unknown as NestMicroservice;
  service.useGlobalFilters(new PassErrorsOn());
  // What `connectMicroservice` does by itself when it is not told to wait for the filter.
  service.registerListeners();
  service.setIsInitialized(true);
  service.setIsInitHookCalled(true);
  return server;
}

/** Nest's own names for what its decorators leave on a class. */
const TRANSPORT = 'microservices:transport';
const ARGUMENTS = '__routeArguments__';

/** Without decorators Nest passes on the first argument only; here a handler is `(batch, context)`, plainly. */
function nameArguments(app: INestApplication, transport: symbol): void {
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype !== 'function') continue;
      for (const method of Object.getOwnPropertyNames(metatype.prototype)) {
        const { value } = Object.getOwnPropertyDescriptor(metatype.prototype, method) ?? {};
        if (typeof value !== 'function' || Reflect.getMetadata(TRANSPORT, value) !== transport) continue;
        if (Reflect.hasMetadata(ARGUMENTS, metatype, method)) continue;
        Payload()(metatype.prototype, method, 0);
        Ctx()(metatype.prototype, method, 1);
      }
    }
  }
}
