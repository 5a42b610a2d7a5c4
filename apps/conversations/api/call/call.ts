import {
  applyDecorators,
  Body,
  HttpCode,
  Param,
  Query,
  RequestMapping,
  RequestMethod,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import type { z } from 'zod';
import { ApiGuard } from './api.guard';
import { CALL, type CallOptions, type Verb } from './call-options';
import { Valid } from './valid';

/** A call as it is described at `/openapi.json`: the very schemas that check it. */
export interface DescribedCall extends CallOptions {
  readonly verb: Verb;
  readonly path: string;
  readonly name: string;
  readonly body?: z.ZodType;
  readonly query?: z.ZodType;
  readonly params: readonly string[];
}

const taken = new WeakMap<object, Map<PropertyKey, { body?: z.ZodType; query?: z.ZodType }>>();
/** All calls of the API, in the order of their controllers. */
export const describedCalls: DescribedCall[] = [];

/** One call of the API: its address, who may do it, and what it says about itself. `@Call('GET /v1/keys', { ... })` */
export function Call(address: `${Verb} /${string}`, options: CallOptions): MethodDecorator {
  const [verb, path] = address.split(' ', 2) as [Verb, string];
  return (target, name, descriptor) => {
    const params = [...path.matchAll(/:(\w+)/g)].map((match) => match[1] as string);
    describedCalls.push({ ...options, ...taken.get(target)?.get(name), verb, path, name: String(name), params });
    applyDecorators(
      RequestMapping({ path, method: RequestMethod[verb] }),
      HttpCode(options.status ?? 200),
      SetMetadata(CALL, options),
      ...(options.scopes === 'open' ? [] : [UseGuards(ApiGuard)]),
    )(target, name, descriptor as TypedPropertyDescriptor<unknown>);
  };
}

/** The JSON body, checked. */
export const FromBody = (schema: z.ZodType): ParameterDecorator => checked(Body, 'body', schema);
/** The query, checked: a parameter the schema does not know is refused. */
export const FromQuery = (schema: z.ZodType): ParameterDecorator => checked(Query, 'query', schema);
/** A part of the path, such as an id. */
export const FromPath = (name = 'id'): ParameterDecorator => Param(name);

function checked(decorate: typeof Body | typeof Query, place: 'body' | 'query', schema: z.ZodType): ParameterDecorator {
  return (target, name, index) => {
    const ofClass = taken.get(target) ?? new Map();
    taken.set(target, ofClass);
    ofClass.set(name as PropertyKey, { ...ofClass.get(name as PropertyKey), [place]: schema });
    decorate(new Valid(schema, place))(target, name, index);
  };
}
