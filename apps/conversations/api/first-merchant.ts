import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { newId } from '@parley/model';
import { House } from '@parley/runtime';
import type { PoolClient } from 'pg';
import { createMerchant, hashApiKey, insertApiKey, listMerchants } from '../store';

const LOCK = 0x66697273;

/**
 * A Parley that was never used has a merchant all the same, whose key is that of the configuration. A key given later is added to
 * the first merchant. Many processes may start at once: one does it, the others find it done.
 */
@Injectable()
export class FirstMerchant implements OnApplicationBootstrap {
  constructor(private readonly house: House) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.house.database.transaction('*', async (client) => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
      const hash = hashApiKey(this.house.config.apiKey);
      // Also a revoked one: it stays revoked, whoever starts again with it.
      const { rowCount } = await client.query('SELECT FROM conversations.api_keys WHERE hash = $1', [hash]);
      if (rowCount) return;
      const merchantId = await this.firstMerchant(client);
      await insertApiKey(client, {
        id: newId('key'),
        merchantId,
        name: 'Shop',
        key: this.house.config.apiKey,
        scopes: ['admin'],
        accountIds: null,
      });
    });
  }

  private async firstMerchant(client: PoolClient): Promise<string> {
    const [first] = [...(await listMerchants(client))].sort((a, b) => a.createdAt.localeCompare(b.createdAt));
    if (first) return first.id;
    const merchant = { id: newId('mer'), name: 'My shop', language: this.house.config.merchantLanguage, region: null };
    return (await createMerchant(client, merchant)).id;
  }
}
