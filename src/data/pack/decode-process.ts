import { manySmallImages, type Oddity } from './decode.js';
import { FileDecoder } from './decode-file.js';

/** What a process is started with, as JSON in its only argument. */
export interface DecodeTask {
  /** Sides in pixels. */
  readonly resolutions: readonly number[];
  /** Of the memory that all processes may use together, in (0, 1]. */
  readonly share: number;
}

export interface DecodeRequest {
  readonly request: number;
  readonly paths: readonly string[];
}

/** One file of a request; null for one that is left to the main process: large, or not readable, which that one says better. */
export type ProcessImage = {
  readonly isDecoded: boolean;
  readonly oddities: readonly Oddity[];
} | null;

export interface DecodeAnswer {
  readonly request: number;
  readonly images: readonly ProcessImage[];
  /** By resolution, the pixels of the decoded images one after the other. */
  readonly pixels: readonly Uint8Array[];
}

/** What a process says: that it has been loaded, then its answers. */
export type DecodeMessage = 'ready' | DecodeAnswer;

/** What is larger is left to the main process, so that what all of them hold together stays bounded. */
const limits = { fileBytes: 16 * 1024 * 1024, pixels: 32 * 1024 * 1024 } as const;

function say(message: DecodeMessage): void {
  if (process.send === undefined) throw new Error('this module runs in a process of its own');
  process.send(message);
}

manySmallImages();
const { resolutions, share } = JSON.parse(process.argv[2] ?? '') as DecodeTask;
const decoder = new FileDecoder(resolutions, limits, share);

// A terminal's Ctrl-C reaches the whole group: the main process decides what becomes of its packing, and this one ends with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// Not an exit, which would wait for files that are being read.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

say('ready');
process.on('message', ({ request, paths }: DecodeRequest) => {
  void answer(request, paths);
});

async function answer(request: number, paths: readonly string[]): Promise<void> {
  // What cannot be read is tried again by the main process, which throws the error.
  const decoded = await Promise.all(paths.map((path) => decoder.decode(path).catch(() => null)));
  const images = decoded.map((image) => image && { isDecoded: image.pixels !== null, oddities: image.oddities });
  const pixels = resolutions.map((_, place) => joined(decoded.flatMap((image) => image?.pixels?.[place] ?? [])));
  say({ request, images, pixels });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
