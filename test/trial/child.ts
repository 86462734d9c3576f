import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { monotonicSeconds } from '../../src/monotonic.js';
import { type Assignment, encodeMessage, type TrialMessage, trialMessage } from '../../src/trial/protocol.js';

/** The compiled entry of a trial process; `npm test` builds first. */
export const entry = 'dist/trial/main.js';

/** A real trial process on the wasm engine, with the study's end of the line. */
export class Child {
  readonly process: ChildProcess;
  readonly messages: TrialMessage[] = [];
  private waiting: (() => void)[] = [];
  private ended = false;

  constructor(environment: NodeJS.ProcessEnv = { HYPERBUDGET_ENGINE: 'wasm' }) {
    this.process = spawn(process.execPath, [entry], {
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...environment },
    });
    const lines = createInterface({ input: this.process.stdio[3] as Readable });
    lines.on('line', (line) => {
      this.messages.push(trialMessage.parse(JSON.parse(line)));
      this.wake();
    });
    lines.on('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  send(message: Assignment | { readonly type: 'stop' }): void {
    const sent = message.type === 'stop' ? message : { ...message, sentAtMonotonicSeconds: monotonicSeconds() };
    this.process.stdin?.write(encodeMessage(sent));
  }

  /** The next message of one of the given types, from where the last call ended; rejects when the process fails or ends first. */
  async until<T extends TrialMessage['type']>(...types: readonly T[]): Promise<Extract<TrialMessage, { type: T }>> {
    for (;;) {
      for (let next = this.messages.shift(); next !== undefined; next = this.messages.shift()) {
        if (isOneOf(next, types)) return next;
        if (next.type === 'failed') throw new Error(`failed: ${next.message}`);
      }
      if (this.ended) throw new Error(`the process ended without ${types.join(' or ')}`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Closes its standard input and gives its exit code. */
  async hangUp(): Promise<number | null> {
    if (this.process.exitCode !== null) return this.process.exitCode;
    const exit = once(this.process, 'exit');
    this.process.stdin?.end();
    const [code] = await exit;
    return code;
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

function isOneOf<T extends TrialMessage['type']>(
  message: TrialMessage,
  types: readonly T[],
): message is Extract<TrialMessage, { type: T }> {
  return (types as readonly string[]).includes(message.type);
}
