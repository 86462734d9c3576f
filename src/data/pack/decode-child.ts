import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { DecodeAnswer, DecodeMessage, DecodeRequest, DecodeTask } from './decode-process.js';

/** A process decodes one image while it reads the next. */
const poolThreads = 2;

/** So much of what a process has said last is told when it ends. */
const wordsKept = 500;

/** A decoding process has ended before it was told to. */
export class DecodingEnded extends Error {
  override readonly name = 'DecodingEnded';

  constructor(
    message: string,
    /** Whether it had begun to decode: then a file may have ended it. */
    readonly hadBegun: boolean,
  ) {
    super(message);
  }
}

interface Waiting {
  resolve(answer: DecodeAnswer): void;
  reject(error: Error): void;
}

/** A process that decodes, from outside. */
export class DecodeChild {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  private made = 0;
  /** Whether it has been loaded. */
  hasBegun = false;
  private end: DecodingEnded | null = null;

  constructor(task: DecodeTask) {
    this.child = fork(fileURLToPath(new URL('./decode-process.js', import.meta.url)), [JSON.stringify(task)], {
      env: { ...process.env, UV_THREADPOOL_SIZE: String(poolThreads) },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    let words = '';
    this.child.stderr?.on('data', (text: Buffer) => {
      words = `${words}${text}`.slice(-wordsKept);
    });
    this.child.on('message', (message: DecodeMessage) => {
      if (message === 'ready') {
        this.hasBegun = true;
        return;
      }
      this.waiting.get(message.request)?.resolve(message);
      this.waiting.delete(message.request);
    });
    this.ended = new Promise((resolve) => {
      const gone = (how: string): void => {
        const said = words.trim() === '' ? '' : `: ${words.trim()}`;
        this.end ??= new DecodingEnded(`packing: a decoding process has ended (${how})${said}`, this.hasBegun);
        for (const { reject } of this.waiting.values()) reject(this.end);
        this.waiting.clear();
        resolve();
      };
      this.child.on('error', (error) => {
        if (this.child.pid === undefined) gone(`it could not be started: ${error.message}`);
      });
      // By then its last words have been read.
      this.child.on('close', (code, signal) => gone(signal ?? `exit code ${code}`));
    });
  }

  /** Requests that have not been answered yet. */
  get load(): number {
    return this.waiting.size;
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
      // A process that is gone tells so by its end.
      this.child.send(message, () => undefined);
    });
  }

  async close(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
