import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, fstatSync, openSync, statSync, truncateSync } from 'node:fs';
import { devNull } from 'node:os';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { messageOf, oneLine } from '../errors.js';
import { makeFolder } from '../folder.js';
import { readLines } from '../lines.js';
import { encodeMessage, type StudyMessage, type TrialMessage, trialMessage } from '../trial/protocol.js';
import type { Clock } from './executor.js';

/** A line longer than this is not a message of ours. */
const longestLine = 1_000_000;

export interface ProcessOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** File that receives the process's standard output and error. */
  readonly log: string;
  /** Hears why there is no log: what the process writes is lost then. */
  readonly onLogProblem: (problem: string) => void;
  readonly onMessage: (message: TrialMessage) => void;
  readonly onProtocolError: (text: string) => void;
  /** Called once, when the process is gone, with what ended it where that was a signal. */
  readonly onExit: (text: string, signal: NodeJS.Signals | null) => void;
}

/** A log that cannot be written must not cost the trial. */
function openLog({ log, onLogProblem }: ProcessOptions): { readonly descriptor: number; readonly path: string } {
  try {
    makeFolder(dirname(log));
    return { descriptor: openSync(log, 'a'), path: log };
  } catch (error) {
    onLogProblem(messageOf(error));
    return { descriptor: openSync(devNull, 'a'), path: devNull };
  }
}

/** A log that has grown beyond this is begun anew: what a process repeats for hours fills no disk. */
const longestLogBytes = 16 * 2 ** 20;

/** One trial process and the JSON lines to and from it. It leads its own process group, so that whatever it starts dies with it. */
export class TrialProcess {
  /** Its log; the null device where that could not be opened. */
  readonly log: string;
  /** Length of the log before the process began: a resumed study goes on with the file. */
  readonly logOffset: number;
  private readonly child: ChildProcess;
  /** Resolves when the process is gone. */
  readonly end: Promise<void>;
  private gone = false;
  private cancelKill: () => void = () => undefined;

  constructor(private readonly options: ProcessOptions) {
    const { descriptor: log, path } = openLog(options);
    this.log = path;
    this.logOffset = fstatSync(log).size;
    const [program, ...parameters] = options.command;
    try {
      this.child = spawn(program ?? '', parameters, {
        stdio: ['pipe', log, log, 'pipe'],
        env: options.env,
        detached: true,
      });
    } finally {
      closeSync(log);
    }
    let tellEnd: () => void = () => undefined;
    this.end = new Promise((resolve) => {
      tellEnd = resolve;
    });
    const exit = (text: string, signal: NodeJS.Signals | null) => {
      if (this.gone) return;
      this.gone = true;
      this.cancelKill();
      tellEnd();
      options.onExit(text, signal);
    };
    this.child.on('error', (error) => exit(`could not be started: ${error.message}`, null));
    // Its last words may still be in the pipe when it exits. What it started would hold the pipe open: that ends with it.
    this.child.on('exit', () => this.signalGroup('SIGKILL'));
    this.child.on('close', (code, signal) =>
      exit(signal ? `was ended by ${signal}` : `exited with code ${code}`, signal),
    );
    // Writing to a process that has just died is no error of its own: its exit is reported.
    this.child.stdin?.on('error', () => undefined);
    // Without descriptors for its pipes there is no process: its error follows.
    const messages = (this.child.stdio as ChildProcess['stdio'] | undefined)?.[3];
    if (!messages) return;
    readLines(messages as Readable, longestLine, {
      onLine: (line) => {
        const parsed = parseLine(line);
        if (typeof parsed === 'string') options.onProtocolError(parsed);
        else options.onMessage(parsed);
      },
      onTooLong: () => options.onProtocolError('a line of more than 1 MB'),
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Begins the log anew where it has grown too long. It is appended to, so that the process goes on behind the line that says so. */
  shortenLog(): void {
    if (this.log === devNull || (statSync(this.log, { throwIfNoEntry: false })?.size ?? 0) <= longestLogBytes) return;
    try {
      truncateSync(this.log);
      appendFileSync(this.log, `the log had grown beyond ${longestLogBytes} bytes and was begun anew\n`);
    } catch (error) {
      this.options.onLogProblem(messageOf(error));
    }
  }

  send(message: StudyMessage): void {
    this.child.stdin?.write(encodeMessage(message));
  }

  /** Asks the process and its group to end, and ends them where they have not done so within `graceSeconds`. */
  terminate(clock: Clock, graceSeconds: number): void {
    if (this.gone) return;
    this.signalGroup('SIGTERM');
    this.cancelKill();
    this.cancelKill = clock.at(clock.nowSeconds() + graceSeconds, () => this.kill());
  }

  /** Ends the process and its group at once. */
  kill(): void {
    if (!this.gone) this.signalGroup('SIGKILL');
  }

  private signalGroup(signal: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
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
    return oneLine(`${messageOf(error)}: ${line.slice(0, 200)}`);
  }
  const parsed = trialMessage.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return oneLine(`${issue?.path.join('.') ?? ''} ${issue?.message ?? 'invalid'}: ${line.slice(0, 200)}`.trim());
}
