import { parentPort, workerData } from 'node:worker_threads';
import type { Oddity } from './decode.js';
import { FileDecoder } from './decode-file.js';

/** What a thread is started with. */
export interface DecodeThreadData {
  /** Sides in pixels. */
  readonly resolutions: readonly number[];
  /** Of the memory that all threads may use together, in (0, 1]. */
  readonly share: number;
}

export interface DecodeRequest {
  readonly request: number;
  readonly paths: readonly string[];
}

/** One file of a request; null for one that is left to the main thread: large, or not readable, which that one says better. */
export type ThreadImage = {
  readonly isDecoded: boolean;
  readonly oddities: readonly Oddity[];
} | null;

export interface DecodeAnswer {
  readonly request: number;
  readonly images: readonly ThreadImage[];
  /** By resolution, the pixels of the decoded images one after the other. */
  readonly pixels: readonly Uint8Array<ArrayBuffer>[];
}

/** What is larger is left to the main thread, so that what all threads hold together stays bounded. */
const limits = { fileBytes: 16 * 1024 * 1024, pixels: 32 * 1024 * 1024 } as const;

if (parentPort === null) throw new Error('this module runs in a worker thread');
const port = parentPort;
const { resolutions, share } = workerData as DecodeThreadData;
const decoder = new FileDecoder(resolutions, limits, share);

port.on('message', ({ request, paths }: DecodeRequest) => {
  void answer(request, paths);
});

async function answer(request: number, paths: readonly string[]): Promise<void> {
  // What cannot be read is tried again by the main thread, which throws the error.
  const decoded = await Promise.all(paths.map((path) => decoder.decode(path).catch(() => null)));
  const images = decoded.map((image) => image && { isDecoded: image.pixels !== null, oddities: image.oddities });
  const pixels = resolutions.map((_, place) => joined(decoded.flatMap((image) => image?.pixels?.[place] ?? [])));
  const message: DecodeAnswer = { request, images, pixels };
  port.postMessage(
    message,
    pixels.map(({ buffer }) => buffer),
  );
}

/** In memory of its own, which can be handed over. */
function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
