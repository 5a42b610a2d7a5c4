import 'reflect-metadata';
import { newKeys, run, say } from '@parley/runtime';
import { conversations } from './app';

// It makes the first merchant, so it is the one to tell the keys.
void run([conversations], {
  async onReady({ house }) {
    for (const line of await newKeys(house)) say(line);
  },
});
