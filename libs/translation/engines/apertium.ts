import { baseLanguage } from '../languages';
import type { EngineSettings } from '../settings';
import { type Engine, EngineError } from './engine';
import { ask, type EngineHttp, errorFor, expectTexts } from './http';
import { LanguageList } from './language-list';

/** ISO 639-3, as the service lists them. */
const codes: Readonly<Record<string, string>> = {
  en: 'eng', es: 'spa', pt: 'por', fr: 'fra', ca: 'cat', it: 'ita', de: 'deu', nl: 'nld', ro: 'ron', gl: 'glg', oc: 'oci', eu: 'eus',
  sv: 'swe', da: 'dan', nb: 'nob', is: 'isl', ru: 'rus', uk: 'ukr', be: 'bel', pl: 'pol', bg: 'bul', mk: 'mkd', sr: 'hbs', hr: 'hbs', bs: 'hbs',
  id: 'ind', ms: 'zlm', hi: 'hin', ur: 'urd', ar: 'ara', kk: 'kaz', tr: 'tur', eo: 'epo',
}; // biome-ignore format: a table

/** Variants first, as only they are told apart: `por_BR` for Brazil. */
function codesFor(tag: string): string[] {
  const base = baseLanguage(tag);
  const code = codes[base] ?? base;
  const region = tag.split(/[-_]/).find((piece) => /^[A-Z]{2}$/i.test(piece) && piece.toLowerCase() !== base);
  return region ? [`${code}_${region.toUpperCase()}`, code] : [code];
}

/** Apertium APy: rule-based, on the operator's own machine. https://wiki.apertium.org/wiki/Apertium-apy */
export function apertium(name: string, settings: EngineSettings, http: EngineHttp, timeoutMs: number): Engine {
  const base = (settings.url ?? 'http://127.0.0.1:2737').replace(/\/+$/, '');
  const pairs = new LanguageList(readPairs);

  async function readPairs(): Promise<ReadonlySet<string>> {
    const answer = await ask(name, http, {
      method: 'GET',
      url: `${base}/listPairs`,
      timeoutMs: 2_000,
      signal: AbortSignal.timeout(2_000),
    });
    const rows = answer.body?.responseData;
    if (answer.status !== 200 || !Array.isArray(rows)) throw errorFor(name, answer);
    return new Set(
      rows.map((row: { sourceLanguage: string; targetLanguage: string }) => `${row.sourceLanguage}|${row.targetLanguage}`),
    );
  }

  function pairFor(from: string, to: string, known: ReadonlySet<string> | null): string | undefined {
    const wanted = codesFor(from).flatMap((source) => codesFor(to).map((target) => `${source}|${target}`));
    // The plain target before the plain source: what the reader gets matters more.
    return known === null ? wanted.at(-1) : wanted.find((pair) => known.has(pair));
  }

  return {
    name,
    traits: {
      origin: base,
      shapes: ['bracket', 'email', 'code'],
      keepsLines: false,
      detects: false,
      reads: false,
      textsMax: 1,
      charsMax: 5_000,
      concurrency: Number(settings['concurrency'] ?? 4),
    },

    async supports(from, to) {
      return from !== null && pairFor(from, to, await pairs.get()) !== undefined;
    },

    async translate({ texts, from, to, signal }) {
      const langpair = from === null ? undefined : pairFor(from, to, await pairs.get());
      if (langpair === undefined) throw unsupported(from, to);
      const answer = await ask(name, http, {
        method: 'POST',
        url: `${base}/translate`,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        data: new URLSearchParams({ langpair, q: texts[0] ?? '', markUnknown: 'no', format: 'txt' }).toString(),
        timeoutMs,
        signal,
      });
      if (answer.status === 400 && /pair/i.test(String(answer.body?.explanation))) throw unsupported(from, to);
      if (answer.status !== 200) throw errorFor(name, answer);
      return expectTexts(name, answer, [answer.body?.responseData?.translatedText], texts.length);
    },
  };

  function unsupported(from: string | null, to: string): EngineError {
    return new EngineError('unsupported-pair', `${name} has no pair ${from ?? 'und'} to ${to}`);
  }
}
