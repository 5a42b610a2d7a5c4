import 'reflect-metadata';
import { run } from '@parley/runtime';
import { apps } from './apps';
import { seedDemo } from './demo';
import { SHOP_LANGUAGE } from './demo/shop';
import { welcome } from './welcome';

/** The demo's shop reads Chinese; a house that has its merchant already keeps that one's language. */
function settings(): NodeJS.ProcessEnv {
  const demo = process.argv.includes('--demo') || process.env['PARLEY_DEMO'] === '1';
  return demo ? { PARLEY_MERCHANT_LANGUAGE: SHOP_LANGUAGE, ...process.env, PARLEY_DEMO: '1' } : process.env;
}

// The whole house in one process.
void run(apps, {
  env: settings(),
  async onReady(running) {
    await welcome(running);
    if (running.house.config.demo) await seedDemo(running);
  },
});
