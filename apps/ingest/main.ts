import 'reflect-metadata';
import { run } from '@parley/runtime';
import { ingest } from './app';

void run([ingest]);
