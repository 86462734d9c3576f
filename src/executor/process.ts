import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { messageOf } from '../errors.js';
import { encodeMessage, type StudyMessage, type TrialMessage, trialMessage } from '../trial/protocol.js';

/** A line longer than this is not a message of ours. */
const longestLine = 1_000_000;

export interface ProcessOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** File that receives the process's standard output and error. */
  readonly log: string;
  readonly onMessage: (message: TrialMessage) => void;
  readonly onProtocolError: (text: string) => void;
  /** Called once, when the process is gone. */
  readonly onExit: (text: string) => void;
}

/** One trial process and the JSON lines to and from it. It leads its own process group, so that whatever it starts dies with it. */
export class TrialProcess {
  readonly log: string;
  /** Length of the log before the process began: a resumed study goes on with the file. */
  readonly logOffset: number;
  private readonly child: ChildProcess;
  private gone = false;

  constructor(options: ProcessOptions) {
    this.log = options.log;
    mkdirSync(dirname(options.log), { recursive: true });
    const log = openSync(options.log, 'a');
    this.logOffset = fstatSync(log).size;
    const [program, ...parameters] = options.command;
    this.child = spawn(program ?? '', parameters, {
      stdio: ['pipe', log, log, 'pipe'],
      env: options.env,
      detached: true,
    });
    closeSync(log);
    const exit = (text: string) => {
      if (this.gone) return;
      this.gone = true;
      options.onExit(text);
    };
    this.child.on('error', (error) => exit(`could not be started: ${error.message}`));
    // Its last words may still be in the pipe when it exits. What it started would hold the pipe open: that ends with it.
    this.child.on('exit', () => this.killGroup());
    this.child.on('close', (code, signal) => exit(signal ? `was ended by ${signal}` : `exited with code ${code}`));
    // Writing to a process that has just died is no error of its own: its exit is reported.
    this.child.stdin?.on('error', () => undefined);
    const lines = createInterface({ input: this.child.stdio[3] as Readable, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on('line', (line) => {
      const parsed = line.length > longestLine ? 'a line of more than 1 MB' : parseLine(line);
      if (typeof parsed === 'string') options.onProtocolError(parsed);
      else options.onMessage(parsed);
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  send(message: StudyMessage): void {
    this.child.stdin?.write(encodeMessage(message));
  }

  /** Ends the process and its group at once. */
  kill(): void {
    if (!this.gone) this.killGroup();
  }

  private killGroup(): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, 'SIGKILL');
    } catch (error) {
      // ESRCH: it was faster than we; EPERM: so says macOS of a group whose members have all ended.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    }
  }
}

function parseLine(line: string): TrialMessage | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return `${messageOf(error)}: ${line.slice(0, 200)}`;
  }
  const parsed = trialMessage.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'invalid'}: ${line.slice(0, 200)}`.trim();
}
