/** The shop of the demo sells lamps for tents and balconies. Its accounts reach nobody: they are paused, their names invented. */
export type DemoChannel = 'webchat' | 'email' | 'whatsapp' | 'mercadolibre';

export interface DemoAccount {
  readonly id: string;
  readonly channel: DemoChannel;
  readonly name: string;
  readonly state: 'active' | 'paused';
  readonly settings: Record<string, unknown>;
}

/** The language the shop reads; a house that names another keeps its own. */
export const SHOP_LANGUAGE = 'zh-CN';

export const accounts: readonly DemoAccount[] = [
  {
    id: 'acc_demowebchat',
    channel: 'webchat',
    name: '官网聊天 · lumipine.example',
    state: 'active',
    settings: { allowedOrigins: [], title: 'Lumi & Pine', languages: ['en', 'es', 'fr', 'ja'] },
  },
  {
    id: 'acc_demowhatsapp',
    channel: 'whatsapp',
    name: 'WhatsApp · Lumi & Pine',
    state: 'paused',
    settings: {
      phoneNumberId: '100000000000001',
      businessAccountId: '100000000000002',
      accessToken: 'demo-access-token',
      appSecret: 'demo-app-secret',
      verifyToken: 'demo-verify-token',
    },
  },
  {
    id: 'acc_demoemail',
    channel: 'email',
    name: 'service@lumipine.example',
    state: 'paused',
    settings: {
      address: 'service@lumipine.example',
      name: 'Lumi & Pine',
      imap: { host: 'imap.lumipine.example', port: 993, secure: true, user: 'service@lumipine.example', password: 'demo' },
      smtp: { host: 'smtp.lumipine.example', port: 465, secure: true, user: 'service@lumipine.example', password: 'demo' },
    },
  },
  {
    id: 'acc_demomercadolibre',
    channel: 'mercadolibre',
    name: 'Mercado Libre Argentina',
    state: 'paused',
    settings: {
      clientId: '1000000000000001',
      clientSecret: 'demo-client-secret',
      sellerId: '100000001',
      siteId: 'MLA',
      refreshToken: 'demo-refresh-token',
    },
  },
];
