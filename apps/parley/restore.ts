import 'reflect-metadata';
import { say } from '@parley/runtime';
import { restore } from './operations/backup/restore';
import { command, readArguments, UsageError } from './operations/command';

/** `npm run restore -- <file>`: a backup into an empty data folder, or an empty database of DATABASE_URL. */
void command('npm run restore -- <file.tar.gz> [--replace]', async (args) => {
  const { words, flags } = readArguments(args, ['replace']);
  const [file, ...more] = words;
  if (!file || more.length > 0) throw new UsageError('Name the file to read.');
  const { createdAt, rows, files, putAside } = await restore(file, { replace: flags.has('replace') });
  say(`Restored the Parley of ${createdAt}: ${rows} rows, ${files} files.`);
  if (putAside) say(`What was there before lies in ${putAside}; remove it when it is not wanted any more.`);
});
