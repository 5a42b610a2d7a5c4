import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { ParleyError } from '@parley/model';

const VERSION = 1;
const KEY_ID_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + IV_BYTES + TAG_BYTES;

/**
 * Keeps secrets at rest: AES-256-GCM, a random 96-bit IV for each, all keys by HKDF from one (RFC 5869). The envelope is
 * version, id of the key, IV, tag, ciphertext.
 */
export class SecretBox {
  private readonly key: Buffer;
  private readonly keyId: Buffer;

  constructor(private readonly secretKey: string) {
    this.key = this.derive('seal');
    this.keyId = createHash('sha256').update(this.derive('key id')).digest().subarray(0, KEY_ID_BYTES);
  }

  /** `aad` says what the secret belongs to: opened as anything else it does not open. */
  seal(plain: string, aad: string): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(aad));
    const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return Buffer.concat([Buffer.from([VERSION]), this.keyId, iv, cipher.getAuthTag(), text]);
  }

  /** @throws ParleyError `wrong-secret-key` when it was sealed with another key, `sealed-broken` when it is not what was sealed. */
  open(sealed: Buffer, aad: string): string {
    if (sealed.length < HEADER_BYTES || sealed[0] !== VERSION)
      throw new ParleyError('sealed-broken', 'This is not a sealed secret');
    if (!sealed.subarray(1, 1 + KEY_ID_BYTES).equals(this.keyId)) {
      throw new ParleyError('wrong-secret-key', 'This secret was sealed with another PARLEY_SECRET_KEY');
    }
    const iv = sealed.subarray(1 + KEY_ID_BYTES, 1 + KEY_ID_BYTES + IV_BYTES);
    const tag = sealed.subarray(HEADER_BYTES - TAG_BYTES, HEADER_BYTES);
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(aad)).setAuthTag(tag);
      return decipher.update(sealed.subarray(HEADER_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      throw new ParleyError('sealed-broken', 'A sealed secret was changed, or belongs to something else', { cause });
    }
  }

  /** 32 bytes for this purpose alone; the same each time. */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.secretKey, 'parley', purpose, 32));
  }
}
