import type { RungStep } from '../scheduler/cost.js';
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

  /** Time passes while nobody keeps an appointment, as when the process is stopped; they are kept late. */
  sleep(seconds: number): void {
    this.now += seconds;
  }

  /** Goes to the next appointment and keeps it; false when there is none. Equal times: first made, first kept. */
  advance(): boolean {
    const [first] = this.appointments.toSorted((a, b) => a.at - b.at || a.order - b.order);
    if (!first) return false;
    this.appointments = this.appointments.filter((other) => other !== first);
    this.now = Math.max(this.now, first.at);
    first.callback();
    return true;
  }
}

/** What a simulated assignment does. */
export type SimulatedOutcome =
  | {
      readonly kind: 'score';
      readonly score: number;
      /** How much longer than the world says it takes; default 0. */
      readonly lateSeconds?: number;
    }
  | { readonly kind: 'failure'; readonly reason: FailureReason; readonly afterSeconds: number }
  /** A message in the place of the result: what belongs to other work, for example. */
  | { readonly kind: 'message'; readonly message: TrialMessage; readonly afterSeconds: number };

/** How a simulated training is started. */
export interface SimulatedStart {
  /** Part of the usual micro-batch, in (0, 1]. */
  readonly memoryShare: number;
  /** Starts of the same work so far, this one included. */
  readonly starts: number;
}

/** The simulated world: how long things take and what comes out. Must be a function of its arguments alone. */
export interface SimulatedWorld {
  /** What a rung of a configuration trains, in seconds; with rungs in seconds its cost itself. */
  trainSeconds(configuration: Configuration, step: RungStep): number;
  readonly overheadSeconds: number;
  rung(
    configuration: Configuration,
    trial: number,
    rung: number,
    resource: number,
    start: SimulatedStart,
  ): SimulatedOutcome;
  final(configuration: Configuration, seconds: number, attempt: number, start: SimulatedStart): SimulatedOutcome;
  /** Of the test images, by a model that stands; default: it takes a second. The score means nothing. */
  prediction?(configuration: Configuration): SimulatedOutcome;
  /** What an assignment reports on its way; default: nothing. */
  reports?(assignment: Assignment): readonly SimulatedReport[];
  /** That scores are measured on; 1000 unless said otherwise. */
  readonly evaluatedImages?: number;
  readonly inferenceImagesPerSecond: number;
}

/** A message that ends nothing, so long after its assignment's start. */
export interface SimulatedReport {
  readonly afterSeconds: number;
  readonly message: TrialMessage;
}

type Ending =
  | { readonly seconds: number; readonly message: TrialMessage }
  | { readonly seconds: number; readonly reason: FailureReason };

/** Runs assignments in virtual time, through the same events as real processes. */
export class SimulatorExecutor implements Executor {
  readonly slots: number;
  private readonly busy = new Map<number, readonly (() => void)[]>();
  private readonly starts = new Map<string, number>();
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
    const now = this.clock.nowSeconds();
    const reports = (this.world.reports?.(assignment) ?? []).map(({ afterSeconds, message }) =>
      this.clock.at(now + afterSeconds, () => this.listener({ type: 'message', slot, message })),
    );
    const ending = this.play(assignment);
    const finish = this.clock.at(now + ending.seconds, () => {
      if ('reason' in ending) this.end(slot, ending.reason, 'simulated failure');
      else this.free(slot, () => this.listener({ type: 'message', slot, message: ending.message }));
    });
    const kill = this.clock.at(assignment.killAtSeconds, () =>
      this.end(slot, 'over-time', 'it ran past the time it was given'),
    );
    this.busy.set(slot, [...reports, finish, kill]);
  }

  stop(): void {
    for (const slot of [...this.busy.keys()]) this.end(slot, 'interrupted', 'it was stopped');
  }

  renew(): void {
    // There are no processes.
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

  private startOf(work: string, { memoryShare }: { readonly memoryShare: number }): SimulatedStart {
    const starts = (this.starts.get(work) ?? 0) + 1;
    this.starts.set(work, starts);
    return { memoryShare, starts };
  }

  private play(assignment: Assignment): Ending {
    const { world } = this;
    switch (assignment.type) {
      case 'rung': {
        const { configuration, trial, rung, from, to, anneal, cooldown, directory } = assignment;
        const trainSeconds = world.trainSeconds(configuration, { from, to, anneal, cooldown });
        const outcome = world.rung(configuration, trial, rung, to, this.startOf(`${trial}:${rung}`, assignment));
        return ending(outcome, trainSeconds + world.overheadSeconds, (score, wallSeconds) => ({
          type: 'rung-result',
          score,
          loss: 1 - score,
          evaluatedImages: world.evaluatedImages ?? 1000,
          inferenceImagesPerSecond: world.inferenceImagesPerSecond,
          parameters: 1000,
          model: `${directory}/model.checkpoint`,
          wallSeconds,
          trainSeconds,
          dataSeconds: 0,
          evaluateSeconds: 0,
          checkpointSeconds: 0,
          images: Math.round(trainSeconds * 100),
        }));
      }
      case 'final': {
        const trainSeconds = Math.max(0, assignment.endsAtSeconds - this.clock.nowSeconds());
        const start = this.startOf('final', assignment);
        const outcome = world.final(assignment.configuration, trainSeconds, start.starts, start);
        return ending(outcome, trainSeconds, (score, wallSeconds) => ({
          type: 'final-result',
          score,
          model: `${assignment.directory}/model.checkpoint`,
          predictions: assignment.predictions ?? null,
          epochs: trainSeconds,
          inferenceSeconds: 0,
          views: [],
          wallSeconds,
          trainSeconds,
          dataSeconds: 0,
          evaluateSeconds: 0,
          checkpointSeconds: 0,
          images: Math.round(trainSeconds * 100),
        }));
      }
      case 'predict': {
        const { configuration, predictions } = assignment;
        const outcome = world.prediction?.(configuration) ?? { kind: 'score', score: 0 };
        return ending(outcome, 1, (_score, wallSeconds) => ({ type: 'predict-result', predictions, wallSeconds }));
      }
      case 'probe':
        return {
          seconds: assignment.candidates.length * assignment.secondsEach,
          message: {
            type: 'probe-result',
            rates: assignment.candidates.map((candidate) => ({
              trainImagesPerSecond:
                1 / world.trainSeconds(candidate, { from: 0, to: 1, anneal: 'restart', cooldown: 0 }),
              replicas: 1,
              inferenceImagesPerSecond: world.inferenceImagesPerSecond,
              parameters: 1000,
              macsPerImage: 1000,
            })),
          },
        };
    }
  }
}

/** @param seconds what the world says the work takes. */
function ending(
  outcome: SimulatedOutcome,
  seconds: number,
  result: (score: number, wallSeconds: number) => TrialMessage,
): Ending {
  switch (outcome.kind) {
    case 'score': {
      const wallSeconds = seconds + (outcome.lateSeconds ?? 0);
      return { seconds: wallSeconds, message: result(outcome.score, wallSeconds) };
    }
    case 'failure':
      return { seconds: outcome.afterSeconds, reason: outcome.reason };
    case 'message':
      return { seconds: outcome.afterSeconds, message: outcome.message };
  }
}
