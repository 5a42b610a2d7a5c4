export { testEventLog } from './contract';
export { EffectsTable1700000000001, type LogFixture } from './fixture';
