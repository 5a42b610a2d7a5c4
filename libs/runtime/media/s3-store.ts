import type { S3Client } from '@aws-sdk/client-s3';
import { mediaId } from '@parley/model';
import type { MediaConfig } from '../config/config';
import type { MediaInfo, MediaStore } from '../media';
import { mimeOf } from './sniff';

type S3Config = Extract<MediaConfig, { kind: 's3' }>;
type Sdk = typeof import('@aws-sdk/client-s3');

/** Objects `<merchant>/<id>`; what is known of a file is the object's own metadata. The SDK is loaded at the first use. */
export class S3MediaStore implements MediaStore {
  private opened: Promise<{ sdk: Sdk; client: S3Client }> | undefined;

  constructor(private readonly config: S3Config) {}

  async put(file: Parameters<MediaStore['put']>[0]): Promise<MediaInfo> {
    const id = mediaId(file.merchantId, file.source);
    const known = await this.info(file.merchantId, id);
    if (known) return known;
    const { sdk, client } = await this.open();
    const mime = await mimeOf(file.bytes, file.mime);
    const createdAt = new Date().toISOString();
    await client.send(
      new sdk.PutObjectCommand({
        Bucket: this.config.bucket,
        Key: keyOf(file.merchantId, id),
        Body: file.bytes,
        ContentType: mime,
        // Headers are ASCII; names are not.
        Metadata: { name: encodeURIComponent(file.name ?? ''), 'created-at': createdAt },
      }),
    );
    return { id, merchantId: file.merchantId, mime, name: file.name, sizeBytes: file.bytes.byteLength, createdAt };
  }

  async info(merchantId: string, id: string): Promise<MediaInfo | null> {
    const { sdk, client } = await this.open();
    const head = await orNull(client.send(new sdk.HeadObjectCommand({ Bucket: this.config.bucket, Key: keyOf(merchantId, id) })));
    return head && infoOf(merchantId, id, head);
  }

  async read(merchantId: string, id: string): Promise<{ info: MediaInfo; bytes: Uint8Array } | null> {
    const { sdk, client } = await this.open();
    const object = await orNull(
      client.send(new sdk.GetObjectCommand({ Bucket: this.config.bucket, Key: keyOf(merchantId, id) })),
    );
    const bytes = await object?.Body?.transformToByteArray();
    return object && bytes ? { info: infoOf(merchantId, id, object), bytes } : null;
  }

  private open(): Promise<{ sdk: Sdk; client: S3Client }> {
    this.opened ??= import('@aws-sdk/client-s3').then((sdk) => ({ sdk, client: new sdk.S3Client(this.clientConfig()) }));
    return this.opened;
  }

  private clientConfig() {
    const { endpoint, region, accessKey, secretKey } = this.config;
    return {
      region,
      ...(endpoint ? { endpoint, forcePathStyle: true } : {}),
      ...(accessKey && secretKey ? { credentials: { accessKeyId: accessKey, secretAccessKey: secretKey } } : {}),
    };
  }
}

const keyOf = (merchantId: string, id: string): string => `${merchantId}/${id}`;

interface ObjectFacts {
  readonly ContentType?: string;
  readonly ContentLength?: number;
  readonly Metadata?: Record<string, string>;
  readonly LastModified?: Date;
}

const infoOf = (merchantId: string, id: string, object: ObjectFacts): MediaInfo => ({
  id,
  merchantId,
  mime: object.ContentType ?? 'application/octet-stream',
  name: decodeURIComponent(object.Metadata?.['name'] ?? '') || null,
  sizeBytes: object.ContentLength ?? 0,
  createdAt: object.Metadata?.['created-at'] ?? (object.LastModified ?? new Date(0)).toISOString(),
});

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
    if (name === 'NoSuchKey' || name === 'NotFound' || $metadata?.httpStatusCode === 404) return null;
    throw error;
  }
}
