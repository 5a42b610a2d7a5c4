export * from './capabilities';
export * from './contract';
export * from './errors';
export * from './http-faults';
export * from './settings';
export * from './text';
export * from './webhook';
