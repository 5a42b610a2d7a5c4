import 'reflect-metadata';
import { run } from '@parley/runtime';
import { translate } from './app';

void run([translate]);
