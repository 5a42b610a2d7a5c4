// The real things the tests run against. On CI they are installed; elsewhere they are only looked for, and what is
// missing is said with the way to enable it.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const onPath = (name) => (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

const components = [
  { name: 'Chromium', found: () => onPath('chromium'), packages: ['chromium', 'fonts-noto-cjk', 'fonts-noto-core'] },
  {
    name: 'Dovecot (IMAP)',
    found: () => onPath('dovecot') || existsSync('/usr/sbin/dovecot'),
    packages: ['dovecot-imapd'],
  },
  {
    name: 'Apertium (translation engine)',
    found: () => onPath('apertium-apy') && existsSync('/usr/share/apertium/modes/eng-spa.mode'),
    packages: ['apertium', 'apertium-eng-spa', 'apertium-es-pt', 'apertium-apy'],
  },
  {
    name: 'Java 17 and Maven (Kafka broker)',
    found: () => onPath('java') && onPath('mvn'),
    packages: ['openjdk-17-jre-headless', 'maven'],
  },
];

export function provideComponents() {
  const missing = components.filter((component) => !component.found());
  if (missing.length === 0) return;
  const packages = missing.flatMap((component) => component.packages);
  const names = missing.map((component) => component.name).join(', ');
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.env.CI === 'true' && process.getuid?.() === 0 && onPath('apt-get')) {
    process.stdout.write(`Installing ${names}\n`);
    const options = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
    return;
  }
  process.stdout.write(
    `Not on this machine: ${names}. Tests that need them ${process.env.CI === 'true' ? 'fail' : 'are skipped'}; to run them: ${command}\n`,
  );
}
