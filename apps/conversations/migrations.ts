import { First1700000000001 } from './store/migrations/1700000000001-first';

export const migrations = [First1700000000001];
