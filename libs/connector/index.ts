export * from './capabilities';
export * from './contract';
export * from './errors';
export * from './settings';
