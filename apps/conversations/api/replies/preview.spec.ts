import { ChannelError } from '@parley/connector';
import { emptyGlossary, type Part, type Translation } from '@parley/model';
import { type House, SecretBox } from '@parley/runtime';
import type { TranslateOutcome, TranslateRequest, Translator } from '@parley/translation';
import type { Thread } from '../../store';
import type { Caller } from '../call/caller';
import { type PreviewBody, previewBody } from './bodies';
import type { Draft, Drafting } from './drafting';
import { Previews } from './preview';

const text = (value: string): Part[] => [{ kind: 'text', text: value }];
const caller = {
  merchant: { id: 'mer_1', language: 'zh-CN' },
  key: { id: 'key_1', name: 'Shop', scopes: ['admin'] },
} as unknown as Caller;
const thread = {
  merchantId: 'mer_1',
  contact: { id: 'con_1', address: 'v-1', name: null },
  address: {},
  conversation: {
    id: 'cnv_1',
    accountId: 'acc_1',
    subject: null,
    language: 'es',
    replyWindow: { openUntil: null, then: 'free' },
  },
} as unknown as Thread;
const draft: Draft = {
  parts: text('有'),
  language: 'zh-CN',
  targetLanguage: 'es',
  translation: null,
  replyTo: null,
  context: [],
};
const translation: Translation = { language: 'es', parts: text('Sí'), engine: 'test', checks: { numbers: 'ok' }, editedBy: null };
const reason = { code: 'entity-missing', message: 'SO-1 is missing', retryable: false };
const account = { id: 'acc_1', merchantId: 'mer_1', channel: 'webchat', name: 'c', settings: {}, merchantLanguage: 'zh-CN' };
const render = (message: { parts: readonly Part[] }) => ({
  requests: [{ parts: message.parts }],
  losses: ['The frame is lost.'],
});

function preview(
  given: Partial<Draft>,
  answers: TranslateOutcome[],
  body: Partial<PreviewBody> = {},
  renderer: unknown = render,
) {
  const asked: TranslateRequest[] = [];
  const translator = {
    translate: async (request: TranslateRequest) => {
      asked.push(request);
      return answers.shift();
    },
    check: () => ({ numbers: '5 is missing' }),
  } as unknown as Translator;
  const house = {
    secrets: new SecretBox('a secret key for this test'),
    glossaries: { of: async () => emptyGlossary },
  } as unknown as House;
  const drafting = {
    draft: async () => ({ ...draft, ...given }),
    account: async () => ({ account, connector: { render: renderer } }),
  } as unknown as Drafting;
  const asRead = { ...previewBody.parse({ text: '有' }), ...body };
  return new Previews(house, drafting, translator)
    .of(caller, thread, asRead, new AbortController().signal)
    .then((answer) => ({ answer, asked }));
}

it('shows the translation, what the channel would get and what is lost', async () => {
  const { answer, asked } = await preview({}, [{ kind: 'done', translation }]);
  expect(answer).toEqual({
    language: 'es',
    parts: text('Sí'),
    translation,
    checks: { numbers: 'ok' },
    status: 'done',
    problem: null,
    backTranslation: null,
    requests: [{ parts: text('Sí') }],
    losses: ['The frame is lost.'],
    policy: { answer: 'allowed', until: null, reason: null },
  });
  expect(asked).toMatchObject([{ from: 'zh-CN', to: 'es', direction: 'outbound' }]);
});

it('translates back when asked', async () => {
  const back = { ...translation, language: 'zh-CN', parts: text('是的') };
  const { answer, asked } = await preview(
    {},
    [
      { kind: 'done', translation },
      { kind: 'done', translation: back },
    ],
    { backTranslate: true },
  );
  expect(answer.backTranslation).toBe('是的');
  expect(asked[1]).toMatchObject({ from: 'es', to: 'zh-CN', parts: text('Sí') });
});

it('says why it would be held, and shows the best there is', async () => {
  const { answer } = await preview({}, [{ kind: 'unsafe', reason, candidate: translation }]);
  expect(answer).toMatchObject({ status: 'unsafe', problem: reason, translation, language: 'es' });
});

it('sends nothing when no engine answers', async () => {
  const { answer } = await preview({}, [{ kind: 'unavailable', reason }]);
  expect(answer).toMatchObject({ status: 'unavailable', problem: reason, translation: null, requests: [] });
});

it.each(['no-engine', 'not-needed'] as const)('says plainly: %s', async (kind) => {
  const { answer } = await preview({}, [{ kind }]);
  expect(answer).toMatchObject({
    status: kind,
    language: 'zh-CN',
    parts: text('有'),
    translation: null,
    requests: [{ parts: text('有') }],
  });
});

it('asks no engine where it is to leave as written, or as a person edited it', async () => {
  const written = await preview({ targetLanguage: null }, []);
  expect(written.answer.status).toBe('as-written');
  const edited = await preview({ translation: text('Claro') }, []);
  expect(edited.answer).toMatchObject({ status: 'edited', parts: text('Claro'), checks: { numbers: '5 is missing' } });
  expect([...written.asked, ...edited.asked]).toEqual([]);
});

it('says what the channel cannot take', async () => {
  const refuse = () => {
    throw new ChannelError('rejected', 'A text may have 350 characters.', { code: 'text-too-long' });
  };
  const { answer } = await preview({ targetLanguage: null }, [], {}, refuse);
  expect(answer.problem).toEqual({ code: 'text-too-long', message: 'A text may have 350 characters.', retryable: false });
});
