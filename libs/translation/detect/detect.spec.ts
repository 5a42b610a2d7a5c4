import { baseLanguage, sameLanguage } from '../languages';
import probes from './probes.json';
import { detectInThread, detectLanguage, newThread } from './thread';

const sentences = Object.entries(probes.sentences).flatMap(([language, list]) => list.map((text) => ({ language, text })));
const short = Object.entries(probes.short).flatMap(([language, list]) => (list as string[]).map((text) => ({ language, text })));

const isRight = (found: string, wanted: string): boolean =>
  wanted.startsWith('zh-') ? found === wanted : sameLanguage(found, wanted);

describe('detectLanguage', () => {
  it('tells sentences of 27 languages apart', () => {
    const wrong = sentences.filter(({ language, text }) => !isRight(detectLanguage(text).language, language));
    if (process.env['SHOW'])
      console.log(wrong.map((each) => `${each.language} ${detectLanguage(each.text).language} ${each.text}`));
    expect(1 - wrong.length / sentences.length).toBeGreaterThanOrEqual(0.97);
  });

  it('tells Indonesian from Malay', () => {
    const own = sentences.filter(({ language }) => language === 'id');
    const right = own.filter(({ text }) => detectLanguage(text).language === 'id');
    expect(right.length / own.length).toBeGreaterThanOrEqual(0.9);
  });

  it('says more by itself about words and fragments than any one detector does', () => {
    const right = short.filter(({ language, text }) => isRight(detectLanguage(text).language, language));
    if (process.env['SHOW'])
      console.log(
        right.length,
        short.length,
        short.filter(({ language, text }) => !isRight(detectLanguage(text).language, language)),
      );
    expect(right.length / short.length).toBeGreaterThanOrEqual(0.85);
  });

  it.each(probes.entityOnly)('finds no language in %s', (text) => {
    expect(detectLanguage(text).language).toBe('und');
  });

  it('does not keep a message waiting', () => {
    detectLanguage('warm up');
    const startedAt = performance.now();
    for (const { text } of sentences) detectLanguage(text);
    expect((performance.now() - startedAt) / sentences.length).toBeLessThan(5);
  });
});

describe('detectInThread', () => {
  it('follows real dialogues, "ok" and "thx" included', () => {
    let right = 0;
    let all = 0;
    for (const { language, messages } of probes.dialogues) {
      let thread = newThread;
      for (const text of messages) {
        const found = detectInThread(text, { thread });
        thread = found.thread;
        if (found.detection.language === 'und') continue;
        all += 1;
        if (isRight(found.detection.language, language)) right += 1;
        else if (process.env['SHOW']) console.log(language, found.detection, text);
      }
    }
    expect(right / all).toBeGreaterThanOrEqual(0.97);
  });

  it('takes another language after two messages in it, not after one', () => {
    let { thread } = detectInThread('¿Dónde está mi pedido? Lo pagué hace dos semanas.');
    ({ thread } = detectInThread('OK super danke', { thread }));
    expect(baseLanguage(thread.language)).toBe('es');
    ({ thread } = detectInThread('Kann ich das Paket zurückschicken?', { thread }));
    ({ thread } = detectInThread('Und wann bekomme ich mein Geld?', { thread }));
    expect(thread.language).toBe('de');
  });

  it('leaves the thread alone where a message is nothing but an order number', () => {
    const { thread } = detectInThread('Bonjour, où est mon colis ?');
    expect(detectInThread('AB-10234', { thread }).thread).toEqual(thread);
  });
});
