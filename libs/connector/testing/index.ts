export { describeConnector } from './describe-connector';
export * from './driver';
export { type HttpProvider, httpProvider, type ProviderAnswer, type ProviderCall } from './provider';
