import { say } from '@parley/runtime';
import { backup } from './operations/backup/backup';
import { command, readArguments, UsageError } from './operations/command';

/** `npm run backup -- <file>`: everything in one file, while Parley goes on working. */
void command('npm run backup -- <file.tar.gz>', async (args) => {
  const [file, ...more] = readArguments(args, []).words;
  if (!file || more.length > 0) throw new UsageError('Name the file to write.');
  const { rows, files, sizeBytes } = await backup(file);
  say(
    `${file}: ${rows} rows, ${files} files, ${(sizeBytes / 1e6).toFixed(1)} MB. It holds secrets: keep it as you keep a password.`,
  );
});
