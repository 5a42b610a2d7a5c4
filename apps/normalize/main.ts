import 'reflect-metadata';
import { run } from '@parley/runtime';
import { normalize } from './app';

void run([normalize]);
