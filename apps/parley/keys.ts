import { loadConfig, say } from '@parley/runtime';

/** `npm run keys`: the keys of this house, for whoever may read its data folder and settings. */
const { apiKey, operatorKey } = loadConfig();
say(`API key        ${apiKey}`);
say(`Operator key   ${operatorKey}`);
