import { ChannelError } from '@parley/connector';
import type { Part } from '@parley/model';

const NAME = /^[a-z0-9_]{1,512}$/;

/**
 * A template with its variables. Names of variables say where they go: `1`, `2`, ... or `order_no` into the body,
 * `header` or `header.<name>` into the header (`header.image`, `header.video`, `header.document` take a link), and
 * `button.0.url` or `button.0.payload` into the first button.
 */
export function templateOf({
  name,
  language,
  variables,
}: Extract<Part, { kind: 'template' }>): Readonly<Record<string, unknown>> {
  if (!NAME.test(name))
    throw new ChannelError('rejected', 'A template is named by small letters, digits and _.', { code: 'template-unknown' });
  const header: object[] = [];
  const body: { readonly name: string; readonly parameter: object }[] = [];
  const buttons: object[] = [];
  for (const [variable, value] of Object.entries(variables)) {
    const ofHeader = /^header(?:\.(.+))?$/.exec(variable);
    const ofButton = /^button\.(\d)\.(url|payload)$/.exec(variable);
    if (ofHeader) header.push(headerParameter(ofHeader[1], value));
    else if (ofButton) buttons.push(buttonComponent(ofButton[1] ?? '0', ofButton[2] ?? 'url', value));
    else body.push({ name: variable, parameter: textParameter(variable, value) });
  }
  // Numbered variables count by their order in the list.
  body.sort((a, b) => (isNumber(a.name) && isNumber(b.name) ? Number(a.name) - Number(b.name) : 0));
  const components = [
    ...(header.length > 0 ? [{ type: 'header', parameters: header }] : []),
    ...(body.length > 0 ? [{ type: 'body', parameters: body.map(({ parameter }) => parameter) }] : []),
    ...buttons,
  ];
  // WhatsApp writes `pt_BR` where BCP 47 writes `pt-BR`.
  return { name, language: { code: language.replaceAll('-', '_') }, ...(components.length > 0 ? { components } : {}) };
}

const isNumber = (name: string): boolean => /^\d+$/.test(name);

const textParameter = (name: string, text: string): object =>
  isNumber(name) ? { type: 'text', text } : { type: 'text', parameter_name: name, text };

function headerParameter(name: string | undefined, value: string): object {
  if (name === 'image' || name === 'video' || name === 'document') return { type: name, [name]: { link: value } };
  return name === undefined ? { type: 'text', text: value } : textParameter(name, value);
}

const buttonComponent = (index: string, kind: string, value: string): object =>
  kind === 'url'
    ? { type: 'button', sub_type: 'url', index, parameters: [{ type: 'text', text: value }] }
    : { type: 'button', sub_type: 'quick_reply', index, parameters: [{ type: 'payload', payload: value }] };
