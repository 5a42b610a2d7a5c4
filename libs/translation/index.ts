export { MemoryCache, type TranslationCache } from './cache';
export { createTranslator, type TranslatorDependencies } from './create-translator';
export {
  type Detection,
  type DetectionOptions,
  detectInThread,
  detectLanguage,
  newThread,
  type ThreadLanguage,
} from './detect/thread';
export type { EngineState } from './engines/engine';
export { baseLanguage, isUnspaced, pickByLanguage, sameLanguage } from './languages';
export { type Fact, findFacts, hasWords } from './protect/facts';
export type { Direction, TranslateOutcome, TranslateRequest, Turn } from './request';
export type { EngineSettings, TranslationConfig } from './settings';
export { Translator } from './translator';
