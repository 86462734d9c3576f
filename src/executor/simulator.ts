import { rungCost } from '../scheduler/cost.js';
import type { Configuration } from '../space/types.js';
import type { FailureReason } from '../state/events.js';
import type { Assignment, TrialMessage } from '../trial/protocol.js';
import type { Clock, Executor, ExecutorListener } from './executor.js';

/** A clock that jumps from one appointment to the next. */
export class VirtualClock implements Clock {
  private now: number;
  private order = 0;
  private appointments: { readonly at: number; readonly order: number; readonly callback: () => void }[] = [];

  constructor(startSeconds = 0) {
    this.now = startSeconds;
  }

  nowSeconds(): number {
    return this.now;
  }

  at(atSeconds: number, callback: () => void): () => void {
    const appointment = { at: Math.max(atSeconds, this.now), order: this.order++, callback };
    this.appointments.push(appointment);
    return () => {
      this.appointments = this.appointments.filter((other) => other !== appointment);
    };
  }

  /** Goes to the next appointment and keeps it; false when there is none. Equal times: first made, first kept. */
  advance(): boolean {
    const [first] = this.appointments.toSorted((a, b) => a.at - b.at || a.order - b.order);
    if (!first) return false;
    this.appointments = this.appointments.filter((other) => other !== first);
    this.now = first.at;
    first.callback();
    return true;
  }
}

/** What a simulated assignment does. */
export type SimulatedOutcome =
  | { readonly kind: 'score'; readonly score: number }
  | { readonly kind: 'failure'; readonly reason: FailureReason; readonly afterSeconds: number };

/** The simulated world: how long things take and what comes out. Must be a function of its arguments alone. */
export interface SimulatedWorld {
  /** Seconds of one unit of resource for a configuration (1 for seconds). */
  secondsPerUnit(configuration: Configuration): number;
  readonly overheadSeconds: number;
  rung(configuration: Configuration, trial: number, rung: number, resource: number): SimulatedOutcome;
  final(configuration: Configuration, seconds: number, attempt: number): SimulatedOutcome;
  readonly inferenceImagesPerSecond: number;
}

/** Runs assignments in virtual time, through the same events as real processes. */
export class SimulatorExecutor implements Executor {
  readonly slots: number;
  private readonly busy = new Map<number, readonly (() => void)[]>();
  private finalAttempts = 0;
  private closed = false;

  constructor(
    slots: number,
    private readonly world: SimulatedWorld,
    private readonly clock: Clock,
    private readonly listener: ExecutorListener,
  ) {
    this.slots = slots;
  }

  start(slot: number, assignment: Assignment): void {
    if (this.closed || slot >= this.slots)
      throw new Error(`executor: expected an open slot below ${this.slots}, got ${slot}`);
    if (this.busy.has(slot)) throw new Error(`executor: slot ${slot} is busy`);
    const { seconds, message, reason } = this.play(assignment);
    const now = this.clock.nowSeconds();
    const finish = this.clock.at(now + seconds, () => {
      if (message) this.free(slot, () => this.listener({ type: 'message', slot, message }));
      else this.end(slot, reason ?? 'crash', 'simulated failure');
    });
    const kill = this.clock.at(assignment.killAtSeconds, () =>
      this.end(slot, 'over-time', 'it ran past the time it was given'),
    );
    this.busy.set(slot, [finish, kill]);
  }

  stop(): void {
    for (const slot of [...this.busy.keys()]) this.end(slot, 'interrupted', 'it was stopped');
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const cancels of this.busy.values()) for (const cancel of cancels) cancel();
    this.busy.clear();
  }

  private end(slot: number, reason: FailureReason, message: string): void {
    this.free(slot, () => this.listener({ type: 'ended', slot, reason, message, log: null }));
  }

  private free(slot: number, tell: () => void): void {
    for (const cancel of this.busy.get(slot) ?? []) cancel();
    this.busy.delete(slot);
    tell();
  }

  private play(assignment: Assignment): { seconds: number; message?: TrialMessage; reason?: FailureReason } {
    const { world } = this;
    switch (assignment.type) {
      case 'rung': {
        const { configuration, trial, rung, from, to, anneal, cooldown, directory } = assignment;
        const outcome = world.rung(configuration, trial, rung, to);
        if (outcome.kind === 'failure') return { seconds: outcome.afterSeconds, reason: outcome.reason };
        const trainSeconds = rungCost({ from, to, anneal, cooldown }) * world.secondsPerUnit(configuration);
        const wallSeconds = trainSeconds + world.overheadSeconds;
        const message: TrialMessage = {
          type: 'rung-result',
          score: outcome.score,
          loss: 1 - outcome.score,
          evaluatedImages: 1000,
          inferenceImagesPerSecond: world.inferenceImagesPerSecond,
          parameters: 1000,
          model: `${directory}/model.checkpoint`,
          wallSeconds,
          trainSeconds,
          dataSeconds: 0,
          evaluateSeconds: 0,
          checkpointSeconds: 0,
          images: Math.round(trainSeconds * 100),
        };
        return { seconds: wallSeconds, message };
      }
      case 'final': {
        const seconds = Math.max(0, assignment.endsAtSeconds - this.clock.nowSeconds());
        const outcome = world.final(assignment.configuration, seconds, ++this.finalAttempts);
        if (outcome.kind === 'failure') return { seconds: outcome.afterSeconds, reason: outcome.reason };
        const message: TrialMessage = {
          type: 'final-result',
          score: outcome.score,
          model: `${assignment.directory}/model.checkpoint`,
          predictions: assignment.predictions ?? null,
          epochs: seconds,
          inferenceSeconds: 0,
          wallSeconds: seconds,
          trainSeconds: seconds,
          dataSeconds: 0,
          evaluateSeconds: 0,
          checkpointSeconds: 0,
          images: Math.round(seconds * 100),
        };
        return { seconds, message };
      }
      case 'predict': {
        const { predictions } = assignment;
        return { seconds: 1, message: { type: 'predict-result', predictions, wallSeconds: 1 } };
      }
      case 'probe':
        return {
          seconds: assignment.candidates.length * assignment.secondsEach,
          message: {
            type: 'probe-result',
            rates: assignment.candidates.map((candidate) => ({
              trainImagesPerSecond: 1 / world.secondsPerUnit(candidate),
              inferenceImagesPerSecond: world.inferenceImagesPerSecond,
              parameters: 1000,
              macsPerImage: 1000,
            })),
          },
        };
    }
  }
}
