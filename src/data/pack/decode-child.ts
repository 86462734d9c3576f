import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../errors.js';
import type { DecodeAnswer, DecodeMessage, DecodeRequest, DecodeTask } from './decode-process.js';

/** A process decodes one image while it reads the next. */
const poolThreads = 2;

/** So many characters of what a process has said last are told when it ends. */
const wordsKept = 500;

/** What ends a process that does something wrong; others are sent by somebody, or by a system that is out of memory. */
const crashes: readonly (NodeJS.Signals | null)[] = [
  null,
  'SIGSEGV',
  'SIGBUS',
  'SIGABRT',
  'SIGILL',
  'SIGFPE',
  'SIGTRAP',
];

/** A decoding process has ended before it was told to. */
export class DecodingEnded extends Error {
  override readonly name = 'DecodingEnded';

  constructor(
    message: string,
    /** Whether it crashed while it decoded: then a file may have done it. */
    readonly crashed: boolean,
  ) {
    super(message);
  }
}

interface Waiting {
  resolve(answer: DecodeAnswer): void;
  reject(error: Error): void;
}

function startProcess(task: DecodeTask): ChildProcess {
  return fork(fileURLToPath(new URL('./decode-process.js', import.meta.url)), [JSON.stringify(task)], {
    env: { ...process.env, UV_THREADPOOL_SIZE: String(poolThreads) },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
}

/** A process that decodes, from outside. */
export class DecodeChild {
  private readonly child: ChildProcess | null = null;
  private readonly waiting = new Map<number, Waiting>();
  /** Resolves when the process is gone. */
  private readonly gone: Promise<void>;
  private made = 0;
  private loaded = false;
  private end: DecodingEnded | null = null;

  constructor(task: DecodeTask) {
    try {
      this.child = startProcess(task);
    } catch (error) {
      this.over(`it could not be started: ${messageOf(error)}`, false);
      this.gone = Promise.resolve();
      return;
    }
    this.gone = this.watch(this.child);
  }

  /** Requests that have not been answered yet. */
  get load(): number {
    return this.waiting.size;
  }

  /** Whether it has been loaded, so that another one would be, too. */
  get hasBegun(): boolean {
    return this.loaded;
  }

  get hasEnded(): boolean {
    return this.end !== null;
  }

  /** @throws DecodingEnded where the process ends first, or has ended. */
  ask(paths: readonly string[]): Promise<DecodeAnswer> {
    return new Promise((resolve, reject) => {
      if (this.end !== null) {
        reject(this.end);
        return;
      }
      const message: DecodeRequest = { request: this.made++, paths };
      this.waiting.set(message.request, { resolve, reject });
      // A process that is gone, or was never there, tells so by its end.
      this.child?.send?.(message, () => undefined);
    });
  }

  async close(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.gone;
  }

  private watch(child: ChildProcess): Promise<void> {
    let words = '';
    child.stderr?.on('data', (text: Buffer) => {
      words = `${words}${text}`.slice(-wordsKept);
    });
    child.on('message', (message: DecodeMessage) => {
      if (message === 'ready') {
        this.loaded = true;
        return;
      }
      this.waiting.get(message.request)?.resolve(message);
      this.waiting.delete(message.request);
    });
    return new Promise((resolve) => {
      child.on('error', (error) => {
        if (child.pid !== undefined) return;
        this.over(`it could not be started: ${error.message}`, false);
        resolve();
      });
      // By then its last words have been read.
      child.on('close', (code, signal) => {
        const said = words.trim() === '' ? '' : `: ${words.trim()}`;
        this.over(`${signal ?? `exit code ${code}`}${said}`, this.loaded && crashes.includes(signal));
        resolve();
      });
    });
  }

  private over(how: string, crashed: boolean): void {
    this.end ??= new DecodingEnded(`packing: a decoding process has ended: ${how}`, crashed);
    for (const { reject } of this.waiting.values()) reject(this.end);
    this.waiting.clear();
  }
}
