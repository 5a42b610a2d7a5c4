import { type Capabilities, ChannelError, type Connector, mediaRule, textLength } from '@parley/connector';
import type { Part } from '@parley/model';
import fc from 'fast-check';
import { partsFor } from './drafts';
import type { ConnectorDriver, SentShape } from './driver';
import { accountOf, draftTo, type MessageEvent, someMessage } from './stage';

const RUNS = 150;

export function describeRender(connector: Connector, driver: ConnectorDriver): void {
  describe('render', () => {
    const { capabilities } = connector;
    let account = accountOf(connector, driver);
    let event: MessageEvent;
    let close: () => Promise<void> = async () => {};
    beforeAll(async () => {
      const provider = await driver.outbound.provider?.();
      if (provider) {
        close = () => provider.close();
        account = accountOf(connector, driver, provider.url);
      }
      event = await someMessage(connector, driver, account);
    });
    afterAll(() => close());

    /** The requests, or null when the connector says that this cannot be said. */
    const render = (parts: readonly Part[]) => {
      try {
        return connector.render(draftTo(event, parts), account);
      } catch (error) {
        if (error instanceof ChannelError && error.fault === 'rejected') return null;
        throw error;
      }
    };

    it('says a short text in one request, whole', () => {
      const text = driver.outbound.shortText ?? 'Sí, queda una. 39,90 €';
      const rendering = render([{ kind: 'text', text }]);
      expect(rendering?.requests).toHaveLength(1);
      expect(rendering?.losses).toEqual([]);
      expect(driver.outbound.describe(rendering?.requests[0]).texts.join('')).toContain(text);
    });

    it('is repeatable, changes nothing and gives plain JSON', () => {
      fc.assert(
        fc.property(partsFor(capabilities), (parts) => {
          const draft = deepFreeze(structuredClone(draftTo(event, parts)));
          const attempt = () => {
            try {
              return JSON.stringify(connector.render(draft, account));
            } catch (error) {
              return error instanceof ChannelError ? `${error.fault} ${error.code}` : Promise.reject(error);
            }
          };
          const once = attempt();
          expect(attempt()).toEqual(once);
          const requests = render(parts)?.requests;
          if (requests) expect(JSON.parse(JSON.stringify(requests))).toEqual(withoutUndefined(requests));
        }),
        { numRuns: RUNS },
      );
    });

    it('keeps within what the channel can do', () => {
      fc.assert(
        fc.property(partsFor(capabilities), (parts) => {
          const requests = render(parts)?.requests ?? [];
          for (const request of requests) {
            expect(problemsOf(driver.outbound.describe(request), capabilities)).toEqual([]);
          }
        }),
        { numRuns: RUNS },
      );
    });

    it('drops no word in silence', () => {
      fc.assert(
        fc.property(partsFor(capabilities), (parts) => {
          const rendering = render(parts);
          if (!rendering) return;
          expect(rendering.requests.length).toBeGreaterThan(0);
          if (rendering.losses.length > 0) return;
          const leaves = withoutSpace(rendering.requests.map((request) => wordsOf(driver.outbound.describe(request))).join(' '));
          for (const part of parts) {
            if (part.kind === 'text') expect(leaves).toContain(withoutSpace(part.text));
            if (part.kind === 'media' && part.caption) expect(leaves).toContain(withoutSpace(part.caption));
            if (part.kind === 'choice') for (const { title } of part.options) expect(leaves).toContain(withoutSpace(title));
          }
        }),
        { numRuns: RUNS },
      );
    });

    it('splits or refuses a text that is too long', () => {
      const text = 'Lampe '.repeat(Math.min(Math.ceil((capabilities.text.maxLength * 2.5) / 6), 500_000));
      const rendering = render([{ kind: 'text', text }]);
      if (!capabilities.text.split) return expect(rendering).toBeNull();
      expect(rendering?.requests.length).toBeGreaterThan(1);
    });
  });
}

function problemsOf({ texts, media, choices }: SentShape, capabilities: Capabilities): string[] {
  const { text, mediaPerMessage, choiceOptionsMax, choiceTitleMaxLength } = capabilities;
  const problems: string[] = [];
  for (const one of texts) {
    if (one === '') problems.push('empty text');
    if (textLength(one, text.unit) > text.maxLength) problems.push(`text of ${textLength(one, text.unit)}`);
  }
  if (media.length > mediaPerMessage) problems.push(`${media.length} files`);
  for (const file of media) {
    const rule = mediaRule(capabilities.media, file.mime);
    if (!rule) problems.push(`file of type ${file.mime}`);
    else if (file.caption !== null && textLength(file.caption, text.unit) > rule.captionMaxLength)
      problems.push(`caption on ${file.mime}`);
  }
  for (const options of choices) {
    if (options.length > choiceOptionsMax) problems.push(`${options.length} options`);
    if (new Set(options.map((option) => option.id)).size < options.length) problems.push('two options of one id');
    for (const { title } of options)
      if (textLength(title, text.unit) > choiceTitleMaxLength) problems.push(`title of ${textLength(title, text.unit)}`);
  }
  return problems;
}

const wordsOf = ({ texts, media, choices }: SentShape): string =>
  [...texts, ...media.map((file) => file.caption ?? ''), ...choices.flat().map((option) => option.title)].join(' ');
const withoutSpace = (value: string): string => value.replace(/\s+/gu, '');
const withoutUndefined = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new TypeError('A request holds something that is not plain JSON');
  return Object.fromEntries(Object.entries(value).flatMap(([k, v]) => (v === undefined ? [] : [[k, withoutUndefined(v)]])));
};

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
