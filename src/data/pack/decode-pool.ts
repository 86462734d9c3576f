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

/** With more files that end their process something else is wrong than the files. */
const mostKillers = 20;

/**
 * Decodes in one process a core; what those leave is decoded here. Not in threads: all threads of a process share their memory's bookkeeping and
 * pass each image from one to the next, so that two of them are hardly faster than one on a single core, and sixteen no faster than two.
 *
 * A process that ends is replaced, and what it was asked for is decoded again, one file after the other in a process apart: a file that ends that one,
 * too, is undecodable.
 */
class DecodePool implements Decoder {
  readonly groupImages = 16;
  readonly groups: number;
  private readonly children: DecodeChild[];
  private readonly rest: FileDecoder;
  private apart: DecodeChild | null = null;
  /** Files that are decoded again wait for one another. */
  private queue: Promise<unknown> = Promise.resolve();
  private killers = 0;
  private isClosed = false;

  constructor(
    private readonly resolutions: readonly number[],
    private readonly count: number,
  ) {
    // One group is decoded while the next is on its way.
    this.groups = 2 * count;
    this.rest = new FileDecoder(resolutions);
    this.children = Array.from({ length: count }, () => this.start());
  }

  async decode(paths: readonly string[]): Promise<readonly DecodedImage[]> {
    try {
      const [least] = this.children.toSorted((a, b) => a.load - b.load);
      if (least === undefined || this.isClosed) throw new Error('packing: decoding has ended');
      return await this.images(paths, await least.ask(paths));
    } catch (error) {
      if (!this.canGoOnAfter(error)) throw error;
      const again = this.queue.then(() => this.oneByOne(paths));
      this.queue = again.catch(() => undefined);
      return again;
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([...this.children, ...(this.apart ? [this.apart] : [])].map((child) => child.close()));
  }

  private start(): DecodeChild {
    const child = new DecodeChild({ resolutions: this.resolutions, share: 1 / this.count });
    void child.ended.then(() => {
      const place = this.children.indexOf(child);
      // One that has never begun would not begin the next time either.
      if (place >= 0 && child.hasBegun && !this.isClosed) this.children[place] = this.start();
    });
    return child;
  }

  private canGoOnAfter(error: unknown): boolean {
    return error instanceof DecodingEnded && error.hadBegun && !this.isClosed;
  }

  private async oneByOne(paths: readonly string[]): Promise<readonly DecodedImage[]> {
    const images: DecodedImage[] = [];
    for (const path of paths) {
      this.apart ??= new DecodeChild({ resolutions: this.resolutions, share: 1 });
      try {
        images.push(...(await this.images([path], await this.apart.ask([path]))));
      } catch (error) {
        this.apart = null;
        if (!this.canGoOnAfter(error) || ++this.killers > mostKillers) throw error;
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
