/** What is known of a stored file without reading it. */
export interface MediaInfo {
  readonly id: string;
  readonly merchantId: string;
  /** Found from the bytes where they tell, else what was declared. */
  readonly mime: string;
  readonly name: string | null;
  readonly sizeBytes: number;
  readonly createdAt: string;
}

/** Files of messages: a directory in embedded mode, an S3-compatible bucket otherwise. The bytes of an id never change. */
export interface MediaStore {
  /** Stores under `mediaId(merchantId, source)`; the same source again changes nothing. Resolves when it is durable. */
  put(file: {
    readonly merchantId: string;
    readonly source: string;
    readonly bytes: Uint8Array;
    readonly mime: string;
    readonly name: string | null;
  }): Promise<MediaInfo>;
  /** Null when there is none, or when it is another merchant's. */
  info(merchantId: string, id: string): Promise<MediaInfo | null>;
  /** With the bytes. */
  read(merchantId: string, id: string): Promise<{ readonly info: MediaInfo; readonly bytes: Uint8Array } | null>;
}

/** Where the API serves a file; what `url` of a media part holds in the log, the store and the event stream. */
export const mediaPath = (id: string): string => `/v1/media/${id}`;

/** The id in such a path or in a signed link made from it; null when it is none of ours. */
export const mediaIdOf = (url: string): string | null =>
  /^(?:https?:\/\/[^/]+)?\/v1\/media\/(med_[0-9a-z]+)(?:[?#]|$)/.exec(url)?.[1] ?? null;
