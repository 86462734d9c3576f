import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DecodedImage } from './decode.js';
import { FileDecoder } from './decode-file.js';
import type { DecodeAnswer, DecodeRequest, DecodeThreadData } from './decode-thread.js';
import { storedBytes } from './stored-size.js';

/** Decodes image files, several at once. */
export interface Decoder {
  /** Files that are best given at once, and such groups that keep every core busy. */
  readonly groupImages: number;
  readonly groups: number;
  /** @throws InputError where a file cannot be read */
  decode(paths: readonly string[]): Promise<readonly DecodedImage[]>;
  close(): Promise<void>;
}

/** Fewer images are decoded before the threads have been started. */
const fewImages = 200;

/**
 * @param images how many there will be
 * @param threads processor cores to decode on
 */
export function startDecoder(
  resolutions: readonly number[],
  images: number,
  threads: number = availableParallelism(),
): Decoder {
  return images < fewImages ? new LocalDecoder(resolutions) : new DecodePool(resolutions, threads);
}

/** Decodes in this thread. */
class LocalDecoder implements Decoder {
  readonly groupImages = 1;
  readonly groups = 8;
  private readonly files: FileDecoder;

  constructor(resolutions: readonly number[]) {
    this.files = new FileDecoder(resolutions);
  }

  async decode(paths: readonly string[]): Promise<readonly DecodedImage[]> {
    return Promise.all(paths.map((path) => decodeHere(this.files, path)));
  }

  async close(): Promise<void> {}
}

async function decodeHere(files: FileDecoder, path: string): Promise<DecodedImage> {
  const image = await files.decode(path);
  if (image === null) throw new Error(`${path}: a decoder without limits has left it`);
  return image;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<
    number,
    { readonly resolve: (answer: DecodeAnswer) => void; readonly reject: (error: Error) => void }
  >;
}

/** Decodes in one thread a core; what those leave is decoded here. */
class DecodePool implements Decoder {
  readonly groupImages = 16;
  readonly groups: number;
  private readonly threads: readonly Thread[];
  private readonly rest: FileDecoder;
  private made = 0;
  private failure: Error | null = null;

  constructor(
    private readonly resolutions: readonly number[],
    private readonly count: number,
  ) {
    // One group is decoded while the next is on its way.
    this.groups = 2 * count;
    this.rest = new FileDecoder(resolutions);
    this.threads = Array.from({ length: count }, () => this.start());
  }

  async decode(paths: readonly string[]): Promise<readonly DecodedImage[]> {
    const { images, pixels } = await this.ask(paths);
    const begins = this.resolutions.map(() => 0);
    const take = (): readonly Uint8Array[] =>
      this.resolutions.map((side, place) => {
        const begin = begins[place] ?? 0;
        const end = begin + storedBytes(side);
        begins[place] = end;
        return pixels[place]?.subarray(begin, end) ?? new Uint8Array();
      });
    return Promise.all(
      images.map((image, index) => {
        if (image === null) return decodeHere(this.rest, paths[index] ?? '');
        const { isDecoded, oddities } = image;
        return { pixels: isDecoded ? take() : null, oddities };
      }),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map(({ worker }) => worker.terminate()));
  }

  private start(): Thread {
    const workerData: DecodeThreadData = { resolutions: this.resolutions, share: 1 / this.count };
    const worker = new Worker(new URL('./decode-thread.js', import.meta.url), { workerData });
    const thread: Thread = { worker, waiting: new Map() };
    worker.on('message', (answer: DecodeAnswer) => {
      thread.waiting.get(answer.request)?.resolve(answer);
      thread.waiting.delete(answer.request);
    });
    const fail = (error: Error): void => {
      this.failure ??= error;
      for (const { reject } of thread.waiting.values()) reject(error);
      thread.waiting.clear();
    };
    worker.on('error', fail);
    worker.on('exit', () => fail(new Error('packing: a decoding thread has ended')));
    return thread;
  }

  private ask(paths: readonly string[]): Promise<DecodeAnswer> {
    const [least] = [...this.threads].sort((a, b) => a.waiting.size - b.waiting.size);
    return new Promise((resolve, reject) => {
      if (least === undefined || this.failure !== null) {
        reject(this.failure ?? new Error('packing: no decoding thread'));
        return;
      }
      const message: DecodeRequest = { request: this.made++, paths };
      least.waiting.set(message.request, { resolve, reject });
      least.worker.postMessage(message);
    });
  }
}
