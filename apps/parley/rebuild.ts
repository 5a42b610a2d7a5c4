import 'reflect-metadata';
import { ParleyError } from '@parley/model';
import { say } from '@parley/runtime';
import { command, readArguments, UsageError } from './operations/command';
import { rebuild } from './operations/rebuild/rebuild';

/** `npm run rebuild`: makes the view anew from the log and compares; with `--write` it replaces the old one. */
void command('npm run rebuild -- [--write]', async (args) => {
  const { words, flags } = readArguments(args, ['write']);
  if (words.length > 0) throw new UsageError('There is nothing to name.');
  const { entries, refused, tables, written } = await rebuild({ write: flags.has('write'), progress: say });
  for (const { table, rows, missing, added, different, examples } of tables) {
    const odd = missing + added + different;
    say(
      `${table.padEnd(22)}${String(rows).padStart(9)} rows  ${odd === 0 ? 'the same' : `${missing} missing, ${added} added, ${different} different`}`,
    );
    for (const example of examples) say(`    ${example}`);
  }
  say(`${entries} entries were read${refused > 0 ? `; ${refused} could not be taken in, see the dead letters` : ''}.`);
  const isSame = tables.every(({ missing, added, different }) => missing + added + different === 0);
  if (written) say('The rebuilt view is in place.');
  else if (!isSame)
    throw new ParleyError('view-differs', 'The views differ. With --write the rebuilt one takes the place of the other.');
});
