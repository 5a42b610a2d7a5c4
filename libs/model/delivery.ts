import { z } from 'zod';

/**
 * Where a reply stands. The states form one chain, so "merge" is "take the further one": repeats, late receipts and
 * receipts that overtake each other all end at the same place whatever their order.
 *
 * `sent` means the channel's server has it (never said without the channel's id). `failed` stands above `sent`, because
 * channels refuse after accepting; `delivered` and `read` stand above `failed`, because seeing is believing.
 */
export const deliveryStates = [
  'accepted',
  'translated',
  'queued',
  'sending',
  'held',
  'uncertain',
  'sent',
  'failed',
  'cancelled',
  'delivered',
  'read',
] as const;
export const deliveryStateSchema = z.enum(deliveryStates);
export type DeliveryState = z.infer<typeof deliveryStateSchema>;

/** What a channel may report about a message that left. */
export const receiptStates = ['sent', 'failed', 'delivered', 'read'] as const satisfies readonly DeliveryState[];
export type ReceiptState = (typeof receiptStates)[number];

export const deliveryErrorSchema = z.object({ code: z.string(), message: z.string(), retryable: z.boolean() });
export type DeliveryError = z.infer<typeof deliveryErrorSchema>;

export const deliverySchema = z.object({
  state: deliveryStateSchema,
  /** Which try this is: 1, and one more with each retry or release by a person. */
  attempt: z.number().int().positive().default(1),
  error: deliveryErrorSchema.nullable(),
  history: z.array(z.object({ state: deliveryStateSchema, at: z.string(), attempt: z.number().int().positive().optional() })),
});
export type Delivery = z.infer<typeof deliverySchema>;

export interface DeliveryChange {
  readonly state: DeliveryState;
  readonly at: string;
  /** Receipts do not know the attempt; they count for the current one. */
  readonly attempt?: number;
  readonly error?: DeliveryError | null;
}

const rank = (state: DeliveryState): number => deliveryStates.indexOf(state);
const isSeen = (state: DeliveryState): boolean => state === 'delivered' || state === 'read';

/** Below 0: a is behind b. A later attempt restarts the chain, except that nothing takes back `delivered` and `read`. */
export function compareDelivery(
  a: { state: DeliveryState; attempt: number },
  b: { state: DeliveryState; attempt: number },
): number {
  return (
    Number(isSeen(a.state)) - Number(isSeen(b.state)) ||
    (isSeen(a.state) ? 0 : a.attempt - b.attempt) ||
    rank(a.state) - rank(b.state)
  );
}

type Step = Delivery['history'][number];
const attemptOf = (step: Step): number => step.attempt ?? 1;

/**
 * The state after a change; `current` itself when the change says nothing new. Moves forward or stays. The history keeps
 * every distinct step, also the late ones, each with the earliest time it was reported for, in the order of the chain:
 * so the order of arrival leaves no trace.
 */
export function advanceDelivery(current: Delivery, change: DeliveryChange): Delivery {
  const attempt = change.attempt ?? current.attempt;
  const known = current.history.find((step) => step.state === change.state && attemptOf(step) === attempt);
  const history = withStep(current.history, known, { state: change.state, at: change.at, attempt });
  const next = { ...current, attempt: Math.max(current.attempt, attempt), history };
  const order = compareDelivery({ state: change.state, attempt }, current);
  if (order > 0) return { ...next, state: change.state, error: change.error ?? null };
  if (order === 0) next.error = earlierError(current.error, known, change);
  return history === current.history && next.attempt === current.attempt && next.error === current.error ? current : next;
}

function withStep(history: Step[], known: Step | undefined, step: Step): Step[] {
  if (known && Date.parse(known.at) <= Date.parse(step.at)) return history;
  return [...history.filter((other) => other !== known), step].sort(
    (a, b) => attemptOf(a) - attemptOf(b) || rank(a.state) - rank(b.state),
  );
}

/** Two reports of one step: the earlier one says why. */
function earlierError(error: DeliveryError | null, known: Step | undefined, change: DeliveryChange): DeliveryError | null {
  const isEarlier = known !== undefined && Date.parse(change.at) < Date.parse(known.at);
  return (isEarlier ? (change.error ?? error) : (error ?? change.error)) ?? null;
}

export const startDelivery = (at: string): Delivery => ({
  state: 'accepted',
  attempt: 1,
  error: null,
  history: [{ state: 'accepted', at, attempt: 1 }],
});

/** The states in which nothing more happens unless a person or the channel acts. */
export const isTerminal = (state: DeliveryState): boolean =>
  state === 'held' || state === 'uncertain' || rank(state) >= rank('sent');
