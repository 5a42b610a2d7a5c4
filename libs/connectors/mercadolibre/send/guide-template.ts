import { ChannelError } from '@parley/connector';
import type { Part } from '@parley/model';
import type { Address } from '../address';
import type { GuideRequest } from './request';

/** Options of the guide that bring words of their own. */
const OPTIONS = new Set(['REQUEST_VARIANTS', 'REQUEST_BILLING_INFO', 'SEND_INVOICE_LINK', 'DELIVERY_PROMISE', 'OTHER']);

/**
 * A template is an option of the action guide: its name is the option, the variable `template_id` names one of its templates,
 * and all others go into it.
 */
export function guideRequest(part: Extract<Part, { kind: 'template' }>, address: Address): GuideRequest {
  if (address.kind !== 'pack')
    throw new ChannelError('rejected', 'Templates are for the first message about a purchase.', { code: 'template-unsupported' });
  if (!OPTIONS.has(part.name))
    throw new ChannelError('rejected', `Mercado Libre has these templates: ${[...OPTIONS].join(', ')}.`, {
      code: 'template-unknown',
    });
  const { template_id: templateId = null, ...vars } = part.variables;
  return { kind: 'guide', packId: address.packId, base: address.base, option: part.name, templateId, vars };
}
