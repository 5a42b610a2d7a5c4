import 'reflect-metadata';
import { run } from '@parley/runtime';
import { deliver } from './app';

void run([deliver]);
