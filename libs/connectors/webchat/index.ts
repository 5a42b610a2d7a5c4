export * from './session';
export { isAllowedOrigin, type WebchatSettings, webchatSettings } from './settings';
export { normalizeWebchat, webchat } from './webchat.connector';
