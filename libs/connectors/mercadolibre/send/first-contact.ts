import { ChannelError, type SendContext, type SendResult } from '@parley/connector';
import { call, readOrNull } from '../api';
import { objectsIn } from '../read/pack';
import type { Settings } from '../settings';
import type { GuideRequest, PackRequest } from './request';
import { resultOf } from './result';

type Context = SendContext<Settings>;
type Place = Pick<GuideRequest, 'packId' | 'base'>;

const guidePath = ({ packId, base }: Place): string => `${base}/messages/action_guide/packs/${packId}`;
const TAG = { tag: 'post_sale' };
/** Free words of the shop. */
const OTHER = 'OTHER';

/** The first word to a buyer goes by the "action guide": it says what may be said, and how often. */
export async function firstContact(request: PackRequest, context: Context): Promise<SendResult> {
  await assertOpen(OTHER, request, request.text.length, context);
  return choose(request, { option_id: OTHER, text: request.text }, context);
}

export async function sendGuideOption(request: GuideRequest, context: Context): Promise<SendResult> {
  const { option, templateId, vars } = request;
  const { text, ...others } = vars;
  await assertOpen(option, request, text?.length ?? 0, context);
  const body = {
    option_id: option,
    ...(templateId ? { template_id: templateId } : {}),
    ...(text ? { text } : {}),
    ...(Object.keys(others).length > 0 ? { vars: others } : {}),
  };
  return choose(request, body, context);
}

const choose = async (place: Place, body: unknown, context: Context): Promise<SendResult> =>
  resultOf((await call(context, `${guidePath(place)}/option`, { method: 'POST', query: TAG, body, effect: true })).data);

/** Looked at beforehand, so that the agent is told what is wrong. Where the guide says nothing, the channel decides. */
async function assertOpen(option: string, place: Place, textLength: number, context: Context): Promise<void> {
  const { data: guide } = await call(context, guidePath(place), { query: TAG, allow: [404] });
  const options = optionsIn(guide);
  const chosen = options.find((one) => one.id === option);
  if (options.length > 0 && !chosen?.enabled) {
    const open = options.filter((one) => one.enabled).map((one) => one.id);
    const instead = open.length > 0 ? `possible are ${open.join(', ')}` : 'the buyer has to write first';
    throw rejected('first-contact-closed', `Mercado Libre does not allow ${option} for this purchase: ${instead}.`);
  }
  const lengthMax = chosen?.lengthMax ?? null;
  if (lengthMax !== null && textLength > lengthMax)
    throw rejected('too-long', `The first message may have ${lengthMax} characters, this one has ${textLength}: shorten it.`);
  const left = chosen?.left ?? (await capsLeft(option, place, context));
  if (left !== null && left <= 0)
    throw rejected('cap-used-up', `No more messages of the kind ${option} may be sent for this purchase.`);
}

async function capsLeft(option: string, place: Place, context: Context): Promise<number | null> {
  const caps = await readOrNull(context, `${guidePath(place)}/caps_available`, TAG);
  return optionsIn(caps).find((one) => one.id === option)?.left ?? null;
}

interface GuideOption {
  readonly id: string;
  readonly enabled: boolean;
  readonly left: number | null;
  readonly lengthMax: number | null;
}

function optionsIn(data: any): GuideOption[] {
  const list = [data, data?.options, data?.caps, data?.caps_available].find(Array.isArray);
  return objectsIn(list).map((one) => {
    const { id, option_id: optionId, enabled, cap_available: left, char_limit: lengthMax } = one;
    return {
      id: String(optionId ?? id),
      enabled: enabled !== false && left !== false,
      left: typeof left === 'number' ? left : null,
      lengthMax: typeof lengthMax === 'number' ? lengthMax : null,
    };
  });
}

const rejected = (code: string, message: string): ChannelError => new ChannelError('rejected', message, { code });
