import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { DecodedImage } from './decode.js';
import { FileDecoder } from './decode-file.js';
import type { DecodeAnswer, DecodeRequest, DecodeTask } from './decode-process.js';
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

interface DecodeProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  readonly waiting: Map<
    number,
    { readonly resolve: (answer: DecodeAnswer) => void; readonly reject: (error: Error) => void }
  >;
}

/** A process decodes one image while it reads the next. */
const poolThreads = 2;

/**
 * Decodes in one process a core; what those leave is decoded here. Not in threads: all threads of a process share their memory's bookkeeping and
 * pass each image from one to the next, so that two of them are hardly faster than one on a single core, and sixteen no faster than two.
 */
class DecodePool implements Decoder {
  readonly groupImages = 16;
  readonly groups: number;
  private readonly processes: readonly DecodeProcess[];
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
    this.processes = Array.from({ length: count }, () => this.start());
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
    this.failure ??= new Error('packing: decoding has ended');
    for (const { child } of this.processes) child.kill('SIGKILL');
    await Promise.all(this.processes.map(({ ended }) => ended));
  }

  private start(): DecodeProcess {
    const task: DecodeTask = { resolutions: this.resolutions, share: 1 / this.count };
    const child = fork(fileURLToPath(new URL('./decode-process.js', import.meta.url)), [JSON.stringify(task)], {
      env: { ...process.env, UV_THREADPOOL_SIZE: String(poolThreads) },
      serialization: 'advanced',
      // What the libraries have to say of an image is told as its oddity.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
    });
    const waiting: DecodeProcess['waiting'] = new Map();
    child.on('message', (answer: DecodeAnswer) => {
      waiting.get(answer.request)?.resolve(answer);
      waiting.delete(answer.request);
    });
    const fail = (error: Error): void => {
      this.failure ??= error;
      for (const { reject } of waiting.values()) reject(this.failure);
      waiting.clear();
    };
    const ended = new Promise<void>((resolve) => {
      child.on('error', (error) => {
        fail(new Error(`packing: a decoding process cannot be started: ${error.message}`, { cause: error }));
        if (child.pid === undefined) resolve();
      });
      child.on('exit', (code, signal) => {
        fail(new Error(`packing: a decoding process has ended (${signal ?? `exit code ${code}`})`));
        resolve();
      });
    });
    return { child, ended, waiting };
  }

  private ask(paths: readonly string[]): Promise<DecodeAnswer> {
    const [least] = [...this.processes].sort((a, b) => a.waiting.size - b.waiting.size);
    return new Promise((resolve, reject) => {
      if (least === undefined || this.failure !== null) {
        reject(this.failure ?? new Error('packing: no decoding process'));
        return;
      }
      const message: DecodeRequest = { request: this.made++, paths };
      least.waiting.set(message.request, { resolve, reject });
      // A process that is gone tells so by its exit.
      least.child.send(message, () => undefined);
    });
  }
}
