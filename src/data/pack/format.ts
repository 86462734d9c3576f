import { z } from 'zod';
import { oddityKinds } from './decode.js';

/** Part of every pack folder's name: a pack of another version is never read, but made anew. */
export const packVersion = 3;

const checksum = z.int().nonnegative();
const oddImage = z.strictObject({ path: z.string(), kind: z.enum(oddityKinds) });

/** One finished chunk: a run of images of one split, a file for each resolution. */
const chunkRecord = z.strictObject({
  /** Part of file names. */
  name: z.string().regex(/^(?:train|validation|test)-\d{5,9}$/),
  split: z.enum(['train', 'validation', 'test']),
  /** Images in the chunk's files. */
  count: z.int().nonnegative(),
  /** Places within the chunk's source images of those that could not be decoded and were left out, ascending. */
  dropped: z.array(z.int().nonnegative()),
  /** CRC-32 of the chunk's files by resolution. */
  checksums: z.record(z.string(), checksum),
  oddities: z.record(z.string(), z.int().positive()),
  /** The first few of each kind. */
  oddImages: z.array(oddImage),
});

/** `<name>.json` beside a chunk's files, written after them, so that an interrupted pack knows what is done. */
export const chunkFile = z.strictObject({
  /** CRC-32 of all the rest as JSON. */
  checksum,
  record: chunkRecord,
  /** By source image, `sourceDigest` of its state when it was packed. */
  sources: z.array(z.string()),
  /** By kind of oddity, the places of such source images. */
  odd: z.partialRecord(z.enum(oddityKinds), z.array(z.int().nonnegative())),
});

/** `pack.json`: describes a finished pack; written last. */
export const packRecord = z.strictObject({
  version: z.literal(packVersion),
  fingerprint: z.string(),
  /** The data set's folder when it was packed; absent in packs of before it was kept. */
  source: z.string().optional(),
  layout: z.enum(['competition', 'class-folders', 'imagenet100']),
  classes: z.array(z.string()).min(2),
  resolutions: z.array(z.int().positive()).min(1),
  /** In the order of their images. */
  chunks: z.array(chunkRecord),
  /** CRC-32 of `images.json`. */
  imagesChecksum: checksum,
});

const imagesOfSplit = z
  .strictObject({ ids: z.array(z.string()), labels: z.array(z.int().min(-1)) })
  .refine(({ ids, labels }) => ids.length === labels.length, 'as many labels as ids');

/** `images.json`: ids and labels of the packed images by split. */
export const imagesRecord = z.strictObject({ train: imagesOfSplit, validation: imagesOfSplit, test: imagesOfSplit });

export type ChunkFile = z.infer<typeof chunkFile>;
export type ChunkContent = Omit<ChunkFile, 'checksum'>;
export type ChunkRecord = z.infer<typeof chunkRecord>;
export type PackRecord = z.infer<typeof packRecord>;
export type ImagesRecord = z.infer<typeof imagesRecord>;
export type OddImage = z.infer<typeof oddImage>;

export const packFileName = 'pack.json';
export const imagesFileName = 'images.json';

/** File of a chunk's images at one resolution, their side: RGB bytes, image after image. */
export function shardName(chunk: string, resolution: number): string {
  return `${chunk}.${resolution}.rgb`;
}
