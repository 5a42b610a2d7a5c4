import { MemoryCache } from '../cache';
import type { Engine, EngineRequest, EngineTraits } from '../engines/engine';
import { GuardedEngine } from '../engines/guarded';
import { Translator, type TranslatorOptions } from '../translator';

/** What a fake engine does with one masked text; `throw` is a fault. */
export type Manner = (text: string, request: EngineRequest) => string | Promise<string>;

const traits: EngineTraits = {
  origin: 'fake',
  shapes: ['bracket', 'email', 'code'],
  keepsLines: true,
  detects: true,
  reads: false,
  textsMax: 50,
  charsMax: 5_000,
  concurrency: 4,
};

/** An engine that does as it is told, well or badly. */
export class FakeEngine implements Engine {
  readonly asked: EngineRequest[] = [];
  readonly traits: EngineTraits;

  constructor(
    readonly name: string,
    private readonly manner: Manner,
    options: Partial<EngineTraits> & { readonly pairs?: readonly string[] } = {},
  ) {
    const { pairs, ...own } = options;
    this.traits = { ...traits, ...own };
    this.pairs = pairs;
  }

  private readonly pairs: readonly string[] | undefined;

  async supports(from: string | null, to: string): Promise<boolean> {
    return this.pairs === undefined || this.pairs.includes(`${from}-${to}`);
  }

  async translate(request: EngineRequest): Promise<string[]> {
    this.asked.push(request);
    return Promise.all(request.texts.map((text) => this.manner(text, request)));
  }
}

export const translatorOver = (engines: readonly Engine[], options: Partial<TranslatorOptions> = {}): Translator =>
  new Translator(
    engines.map((engine) => new GuardedEngine(engine)),
    { cache: new MemoryCache(), formality: 'formal', deadlineMs: 5_000, ...options },
  );

/** Masks in order of their numbers, whatever their shape. */
export const masksIn = (text: string): string[] =>
  text.match(/⟦\d+⟧|<x id="\d+"\/>|<span [^>]*>[^<]*<\/span>|ph\d+@parley\.example|XQ\d+Z/g) ?? [];
