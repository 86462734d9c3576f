import { availableParallelism } from 'node:os';
import { type DecodedImage, undecodable } from './decode.js';
import { DecodeChild, DecodingEnded } from './decode-child.js';
import { FileDecoder } from './decode-file.js';
import type { DecodeAnswer } from './decode-process.js';
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

/** Fewer images are decoded before the processes have been started. */
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

/** Decodes in this process. */
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

/** With more processes that end something else is wrong than a file. */
const mostEnds = 50;

/**
 * Decodes in one process a core; what those leave is decoded here. Not in threads: all threads of a process share their memory's bookkeeping and
 * pass each image from one to the next, so that two of them are hardly faster than one on a single core.
 *
 * A process that ends is replaced, and what it was asked for is decoded again, one file after the other in a process apart: a file at which that one
 * crashes is undecodable. One that never began is not replaced; the others go on.
 */
class DecodePool implements Decoder {
  readonly groupImages = 16;
  readonly groups: number;
  private children: readonly DecodeChild[];
  private readonly rest: FileDecoder;
  private apart: DecodeChild | null = null;
  /** Files that are decoded again wait for one another. */
  private queue: Promise<unknown> = Promise.resolve();
  private ends = 0;
  /** Of the process that ended last. */
  private failure: DecodingEnded | null = null;
  private isClosed = false;

  constructor(
    private readonly resolutions: readonly number[],
    private readonly count: number,
  ) {
    // One group is decoded while the next is on its way.
    this.groups = 2 * count;
    this.rest = new FileDecoder(resolutions);
    this.children = Array.from({ length: count }, () => this.start(1 / count));
  }

  async decode(paths: readonly string[]): Promise<readonly DecodedImage[]> {
    this.requireOpen();
    const [least] = this.children.toSorted((a, b) => a.load - b.load);
    if (least === undefined) throw this.failure ?? new Error('packing: no process that decodes');
    try {
      return await this.images(paths, await least.ask(paths));
    } catch (error) {
      if (!(error instanceof DecodingEnded)) throw error;
      this.requireOpen();
      this.failure = error;
      this.replace(least);
      if (++this.ends > mostEnds || this.children.length === 0) throw error;
    }
    if (!least.hasBegun) return this.decode(paths);
    const again = this.queue.then(() => this.oneByOne(paths));
    this.queue = again.catch(() => undefined);
    return again;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const close = () =>
      Promise.all([...this.children, ...(this.apart ? [this.apart] : [])].map((each) => each.close()));
    await close();
    await this.queue;
    await close();
  }

  private start(share: number): DecodeChild {
    return new DecodeChild({ resolutions: this.resolutions, share });
  }

  /** Several requests of one process may hear of its end: the first of them replaces it. */
  private replace(ended: DecodeChild): void {
    this.children = this.children.flatMap((child) => {
      if (child !== ended) return [child];
      return ended.hasBegun ? [this.start(1 / this.count)] : [];
    });
  }

  private requireOpen(): void {
    if (this.isClosed) throw new Error('packing: decoding has ended');
  }

  private async oneByOne(paths: readonly string[]): Promise<readonly DecodedImage[]> {
    const images: DecodedImage[] = [];
    for (const path of paths) {
      this.requireOpen();
      // One that ended between two files says nothing of the next.
      if (this.apart === null || this.apart.hasEnded) this.apart = this.start(1);
      try {
        images.push(...(await this.images([path], await this.apart.ask([path]))));
      } catch (error) {
        if (!(error instanceof DecodingEnded) || !error.crashed || ++this.ends > mostEnds) throw error;
        images.push(undecodable([]));
      }
    }
    return images;
  }

  private images(paths: readonly string[], { images, pixels }: DecodeAnswer): Promise<readonly DecodedImage[]> {
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
}
