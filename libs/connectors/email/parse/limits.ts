/** A limit on everything a stranger can make grow. What lies beyond is kept as an opaque file or named in a notice. */
export const LIMITS = {
  messageBytes: 35 * 1024 * 1024,
  headerBytes: 256 * 1024,
  fieldBytes: 64 * 1024,
  headerLines: 2_000,
  encodedWords: 1_000,
  references: 100,
  mailboxes: 500,
  mimeDepth: 50,
  mimeParts: 500,
  files: 100,
  fileBytes: 25 * 1024 * 1024,
  filesBytes: 35 * 1024 * 1024,
  /** Of one part, before it is decoded. */
  textBytes: 1_000_000,
  textLength: 100_000,
  replyLines: 5_000,
  replyLineLength: 2_000,
  htmlLength: 400_000,
  htmlTags: 12_000,
  htmlDepth: 150,
  fileNameBytes: 200,
} as const;
