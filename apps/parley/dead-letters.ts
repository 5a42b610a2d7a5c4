import { say } from '@parley/runtime';
import { command, readArguments, UsageError } from './operations/command';
import { type FullLetter, findLetter, type ListedLetter, listLetters, replayLetter } from './operations/dead-letters';
import { type Tools, withTools } from './operations/tools';

const USAGE = 'npm run dead-letters -- list [--all] | show <id> | replay <id>...';
const LISTED_MAX = 200;

/** `npm run dead-letters`: what could not be handled. To be looked at, and given to its topic again when the cause is mended. */
void command(USAGE, async (args) => {
  const { words, flags } = readArguments(args, ['all']);
  const [verb = 'list', ...ids] = words;
  const work = workOf(verb, ids, flags.has('all'));
  await withTools('dead-letters', process.env, work);
});

function workOf(verb: string, ids: readonly string[], all: boolean): (tools: Tools) => Promise<void> {
  const [id] = ids;
  if (verb === 'list' && id === undefined) return ({ database }) => list(listLetters(database, { all, limit: LISTED_MAX }));
  if (verb === 'show' && id !== undefined && ids.length === 1)
    return async ({ database }) => show(await findLetter(database, id));
  if (verb === 'replay' && id !== undefined) return (tools) => replay(tools, ids);
  throw new UsageError('Say what is to be done.');
}

async function list(asked: Promise<ListedLetter[]>): Promise<void> {
  const letters = await asked;
  if (letters.length === 0) say('There are none.');
  for (const { id, at, topic, app, merchantId, reason, replayedAt } of letters) {
    const state = replayedAt ? `replayed ${replayedAt.toISOString()}` : 'waits';
    write([id, at.toISOString(), topic, app, merchantId ?? '-', state, reason.replace(/\s+/g, ' ').slice(0, 200)].join('  '));
  }
  if (letters.length === LISTED_MAX) say(`These are the newest ${LISTED_MAX}; there may be more.`);
}

function show({ value, ...letter }: FullLetter): void {
  const text = value.toString('utf8');
  write(JSON.stringify({ ...letter, entry: jsonOr(text, null), value: value.toString('base64') }, null, 2));
}

async function replay({ database, eventLog }: Tools, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const { topic } = await replayLetter(database, eventLog, id);
    say(`${id} was appended to ${topic} again.`);
  }
}

function jsonOr<T>(text: string, otherwise: T): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

/** What other programs read goes to the standard output; `say` speaks to people. */
const write = (line: string): void => void process.stdout.write(`${line}\n`);
