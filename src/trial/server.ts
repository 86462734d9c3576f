import { setTimeout } from 'node:timers/promises';
import type { PackedDataset } from '../data/types.js';
import type { Engine } from '../engine/engine.js';
import { messageOf, oneLine } from '../errors.js';
import type { Outcome, TrialContext } from './context.js';
import { Heart } from './heart.js';
import { type Assignment, type StudyMessage, studyMessage, type TrialMessage } from './protocol.js';
import { reasonOf } from './reason.js';

export interface TrialServerOptions {
  readonly engine: Engine;
  readonly report: (message: TrialMessage) => void;
  readonly openData: (directory: string) => PackedDataset;
  /** Carries out one assignment. */
  readonly run: (assignment: Assignment, context: TrialContext) => Promise<Outcome>;
  /** The machine's monotonic clock, in seconds. */
  readonly now: () => number;
  /** Sets when the watchdog ends the process, on the clock `now`; null for never. */
  readonly watch: (atSeconds: number | null) => void;
  readonly memoryBytes: () => number;
  /** Ends the process. */
  readonly exit: (code: number) => void;
}

type SentAssignment = Exclude<StudyMessage, { type: 'stop' }>;
type Failure = Extract<TrialMessage, { type: 'failed' }>;

/** Past its killAt a process that still runs ends itself. */
const killGraceSeconds = 5;

/** Takes the study's messages: assignments one after the other, `stop` at any time. */
export class TrialServer {
  private readonly queue: SentAssignment[] = [];
  private readonly heart: Heart;
  private busy = false;
  private stopping = false;
  private data: PackedDataset | null = null;

  constructor(private readonly options: TrialServerOptions) {
    this.heart = new Heart({ report: options.report, memoryBytes: options.memoryBytes });
  }

  /** Called by a timer about once a second. */
  tick(): void {
    if (this.busy) this.heart.tick();
  }

  receive(line: string): void {
    const message = parseLine(line);
    if (typeof message === 'string') {
      this.options.report({ type: 'failed', reason: 'error', message });
    } else if (message.type === 'stop') {
      this.stop();
    } else {
      this.queue.push(message);
      if (!this.busy) void this.work();
    }
  }

  private stop(): void {
    this.queue.length = 0;
    if (this.busy) this.stopping = true;
    else this.options.report({ type: 'stopped' });
  }

  private async work(): Promise<void> {
    this.busy = true;
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) {
      this.stopping = false;
      const outcome = await this.attempt(next);
      this.options.watch(null);
      this.busy = this.queue.length > 0;
      this.options.report(outcome);
      if (outcome.type === 'failed' && outcome.reason === 'out-of-memory') this.options.exit(1);
    }
    this.busy = false;
  }

  private async attempt({ sentAtMonotonicSeconds, ...assignment }: SentAssignment): Promise<Outcome | Failure> {
    const { now, watch, engine, report, run } = this.options;
    const offset = assignment.sentAtSeconds - sentAtMonotonicSeconds;
    watch(assignment.killAtSeconds - offset + killGraceSeconds);
    try {
      return await run(assignment, {
        engine,
        openData: (directory) => this.openData(directory),
        now: () => now() + offset,
        report,
        pause: (seconds) => setTimeout(1000 * seconds),
        expect: (seconds) => this.heart.expect(seconds),
        stopRequested: () => this.stopping,
      });
    } catch (error) {
      console.error(error);
      return { type: 'failed', reason: reasonOf(error), message: messageOf(error) };
    }
  }

  private openData(directory: string): PackedDataset {
    if (this.data?.directory === directory) return this.data;
    this.data = this.options.openData(directory);
    return this.data;
  }
}

function parseLine(line: string) {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return oneLine(`the study sent what is no JSON: ${messageOf(error)}`);
  }
  const parsed = studyMessage.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return oneLine(`the study sent a wrong message: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}
