import 'reflect-metadata';
import { run } from '@parley/runtime';
import { apps } from './apps';
import { seedDemo } from './demo';
import { SHOP_LANGUAGE } from './demo/shop';
import { welcome } from './welcome';

if (process.argv.includes('--demo')) process.env['PARLEY_DEMO'] = '1';
// The demo's shop reads Chinese; a house that has its merchant already keeps that one's language.
if (process.env['PARLEY_DEMO'] === '1') process.env['PARLEY_MERCHANT_LANGUAGE'] ??= SHOP_LANGUAGE;

// The whole house in one process.
void run(apps, {
  async onReady(running) {
    await welcome(running);
    if (running.house.config.demo) await seedDemo(running);
  },
});
