/** Settings of one engine in camelCase: `PARLEY_DEEPL_KEY` is `key`. */
export interface EngineSettings {
  readonly url?: string;
  readonly key?: string;
  readonly model?: string;
  readonly [setting: string]: string | undefined;
}

export interface TranslationConfig {
  /** Engine names in the order they are tried. */
  readonly translation: readonly string[];
  readonly engines: Readonly<Record<string, EngineSettings>>;
}
