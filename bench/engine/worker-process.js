// A variant's process: it waits for a command on its standard input, runs so many steps, answers in one line and waits again.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { peakBytes } from './machine.js';

/** A first step may compile for long; a step of the slowest variant takes some seconds. */
const longestAnswerSeconds = 300;

export class WorkerProcess {
  #child;
  #waiting = null;
  #failure = null;
  #errors = '';

  /** @param core the one core that the process may use; null for all. */
  constructor({ command, args, env, core }) {
    const [file, rest] = core === null ? [command, args] : ['taskset', ['-c', String(core), command, ...args]];
    this.#child = spawn(file, rest, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin.on('error', () => undefined);
    this.#child.stderr.on('data', (text) => {
      this.#errors = `${this.#errors}${text}`.slice(-4000);
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (!line.startsWith('{') || this.#waiting === null) return;
      this.#waiting.resolve(JSON.parse(line));
      this.#waiting = null;
    });
    this.#child.on('error', (error) => this.#fail(error.message));
    this.#child.on('close', (code, signal) => this.#fail(`${this.#reason()} (ended with ${signal ?? code})`));
  }

  /** The last line that names an error, without the error's name; else the last line. */
  #reason() {
    const lines = this.#errors.split('\n').map((line) => line.trim());
    const named = lines.filter((line) => /\b\w*Error: /.test(line)).at(-1);
    return named?.replace(/^.*?\b\w*Error: /, '') ?? lines.filter(Boolean).at(-1) ?? 'no word of a reason';
  }

  #fail(reason) {
    this.#failure ??= new Error(reason);
    this.#waiting?.reject(this.#failure);
    this.#waiting = null;
  }

  /** The next line that the process answers. */
  answer() {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#fail(`no answer in ${longestAnswerSeconds} s`);
        this.#child.kill('SIGKILL');
      }, longestAnswerSeconds * 1000);
      const settled = (settle) => (value) => {
        clearTimeout(timer);
        settle(value);
      };
      this.#waiting = { resolve: settled(resolve), reject: settled(reject) };
    });
  }

  ask(command) {
    const answer = this.answer();
    if (this.#failure === null) this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    return answer;
  }

  get peakBytes() {
    return peakBytes(this.#child.pid);
  }

  /** Resolves when the process has gone. */
  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    const gone = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await gone;
    clearTimeout(timer);
  }
}
