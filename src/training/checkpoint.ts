import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { z } from 'zod';
import { type Durability, writeFileAtomic } from '../atomic-file.js';
import { messageOf, oneLine } from '../errors.js';
import { recipeSchema } from './recipe.js';

const magic = Buffer.from('HBCKPT01', 'latin1');
const digestBytes = 32;
/** Magic, then the header's length in bytes as uint32. */
const prefixBytes = magic.length + 4;
const maxHeaderBytes = 16 * 2 ** 20;

/** Where a training run stands, besides its variables. */
const position = z.strictObject({
  /** Optimiser steps since the first weights. */
  step: z.int().nonnegative(),
  /** Training images seen since the first weights. */
  images: z.int().nonnegative(),
  /** Resource used so far in the unit of the run; for a final run the seconds since the study's start. */
  resource: z.number().nonnegative(),
});

const header = z.strictObject({
  version: z.literal(1),
  /** Float32 variables in the order of their data. */
  variables: z
    .array(z.strictObject({ name: z.string().max(200), shape: z.array(z.int().nonnegative()).max(8) }))
    .max(10_000),
  recipe: recipeSchema,
  /** Side of the images the weights were trained on. */
  resolution: z.int().positive(),
  classes: z.array(z.string().max(1000)).min(2).max(100_000),
  engine: z.string().max(100),
  position,
  /** In a rung's cooldown, or in its one schedule: which rung, by its resource, and how much of that stretch is done; null elsewhere. */
  within: z.strictObject({ to: z.number().positive(), done: z.number().nonnegative() }).nullable(),
  /** Which rung was trained, by its resource, and for how long by then, all its attempts together; null where that is not known, or it was none. */
  rung: z.strictObject({ to: z.number().positive(), trainSeconds: z.number().nonnegative() }).nullable().default(null),
  /** By which a final training has lowered its learning rate itself. */
  learningRateFactor: z.number().positive().max(1).default(1),
  /** When a final training's schedule began, in seconds since the study's start; null where that is not known. */
  beganAtSeconds: z.number().nullable().default(null),
  /** Mean training loss an image of a final training's last steps before it was saved; null where that is not known. */
  trainingLoss: z.number().nullable().default(null),
  /** Which stream of batches was trained on, and where it stands. */
  batches: z.strictObject({
    /** Seed and choice of images: a position means nothing in another stream. */
    stream: z.string().max(1000),
    epoch: z.int().nonnegative(),
    position: z.int().nonnegative(),
  }),
});

export type TrainingPosition = Readonly<z.infer<typeof position>>;
/** What a training notes of itself. */
export type TrainingNotes = Readonly<
  Pick<z.infer<typeof header>, 'rung' | 'learningRateFactor' | 'beganAtSeconds' | 'trainingLoss'>
>;
export type RungPosition = Readonly<z.infer<typeof header>>['within'];

/** Everything needed to go on with a training run, or to predict: data only. */
export interface Checkpoint extends Readonly<Omit<z.infer<typeof header>, 'version' | 'variables' | 'position'>> {
  readonly position: TrainingPosition;
  readonly variables: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly values: Float32Array;
  }[];
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** The bytes of a checkpoint: magic, header length, JSON header, float32 data (little-endian), SHA-256 of all before it. */
export function encodeCheckpoint(checkpoint: Checkpoint): readonly Uint8Array[] {
  if (endianness() !== 'LE') throw new Error('checkpoints need a little-endian machine');
  const { variables, ...rest } = checkpoint;
  for (const { name, shape, values } of variables) {
    if (sizeOf(shape) !== values.length)
      throw new Error(`variable ${name}: expected ${sizeOf(shape)} values, got ${values.length}`);
  }
  const text = Buffer.from(
    JSON.stringify({ version: 1, variables: variables.map(({ name, shape }) => ({ name, shape })), ...rest }),
  );
  if (text.length > maxHeaderBytes) throw new Error(`a checkpoint header of ${text.length} bytes is too long`);
  const prefix = Buffer.alloc(prefixBytes);
  magic.copy(prefix);
  prefix.writeUInt32LE(text.length, magic.length);
  const data = variables.map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const parts = [prefix, text, ...data];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return [...parts, hash.digest()];
}

/** Writes a checkpoint: `path` holds either the former file or the whole new one. @throws as `writeFileAtomic`. */
export function writeCheckpoint(path: string, checkpoint: Checkpoint, durability: Durability = 'lasting'): void {
  writeFileAtomic(path, encodeCheckpoint(checkpoint), durability);
}

function parseHeader(text: string): z.infer<typeof header> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(oneLine(`damaged header: ${messageOf(error)}`), { cause: error });
  }
  const parsed = header.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(oneLine(`damaged header: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`));
}

/** @throws Error naming what is wrong when the bytes are not a whole checkpoint of this format. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < prefixBytes + digestBytes) throw new Error(`torn: only ${buffer.length} bytes`);
  if (!buffer.subarray(0, magic.length).equals(magic)) throw new Error('not a checkpoint, or one of another version');
  const end = buffer.length - digestBytes;
  const digest = createHash('sha256').update(buffer.subarray(0, end)).digest();
  if (!digest.equals(buffer.subarray(end))) throw new Error('torn or damaged: the checksum differs');
  const headerBytes = buffer.readUInt32LE(magic.length);
  if (headerBytes > maxHeaderBytes || prefixBytes + headerBytes > end) throw new Error('damaged: header length');
  const text = buffer.toString('utf8', prefixBytes, prefixBytes + headerBytes);
  const { version: _, variables: specs, ...rest } = parseHeader(text);
  let offset = prefixBytes + headerBytes;
  const variables = specs.map(({ name, shape }) => {
    const next = offset + sizeOf(shape) * 4;
    if (next > end) throw new Error(`damaged: variable ${name} reaches beyond the end`);
    // Copied: data behind a header of any length is not aligned for a float view.
    const values = new Float32Array(new Uint8Array(buffer.subarray(offset, next)).buffer);
    offset = next;
    return { name, shape, values };
  });
  if (offset !== end) throw new Error(`damaged: ${end - offset} bytes too many`);
  return { ...rest, variables };
}

/** @throws Error naming the file and what is wrong with it: missing, torn, damaged, another format. */
export function readCheckpoint(path: string): Checkpoint {
  try {
    return decodeCheckpoint(readFileSync(path));
  } catch (error) {
    throw new Error(`checkpoint ${path}: ${oneLine(messageOf(error))}`, { cause: error });
  }
}
