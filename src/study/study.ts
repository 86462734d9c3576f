import { join } from 'node:path';
import { exitCode, messageOf } from '../errors.js';
import { type Clock, type Executor, type ExecutorEvent, endsAssignment } from '../executor/executor.js';
import type { SearchSpace } from '../space/types.js';
import type { StudyEvent } from '../state/events.js';
import { rankCorrelations } from '../state/rank-correlation.js';
import { summaryOf } from '../state/summary.js';
import type { EventOf, StudyState } from '../state/types.js';
import type { Action } from './actions.js';
import { assignmentOf } from './assignment.js';
import { lastInstant, nextAction } from './decide.js';
import { isEngineDoubtful } from './engine-loss.js';
import type { StudyLog } from './log.js';
import { eventOfFailure, eventOfMessage } from './messages.js';
import type { Placed } from './place.js';

/** Points of a slot's curves that a journal takes, however long the study is: whoever opens it reads all of them first. */
const mostPoints = 10_000;

export interface StudyOptions {
  /** The study's folder. */
  readonly directory: string;
  /** The study has been created, its engine and space chosen and its plan made. */
  readonly log: StudyLog;
  readonly clock: Clock;
  /** Puts predictions in place as the submission, atomically. */
  readonly placeSubmission: (predictions: string) => Placed;
  /** Made with the study's own listener. */
  readonly executor: (listener: (event: ExecutorEvent) => void) => Executor;
  readonly space: SearchSpace;
  /**
   * Looks for another engine and journals what was found; called while nothing runs. Absent where the user has named the engine.
   * @throws only where the signal was aborted.
   */
  readonly replaceEngine?: (signal: AbortSignal) => Promise<void>;
  /** How often the clock alone is asked for a new decision; default 1 s. */
  readonly tickSeconds?: number;
}

/**
 * One study at work: executor events become journal lines, the fold of the journal and the clock decide the next action, and every action is
 * journalled before it is carried out. Holds no state of its own beside that fold.
 */
export class Study {
  private readonly executor: Executor;
  private cancelTick: () => void = () => undefined;
  private settle: (state: StudyState) => void = () => undefined;
  private reject: (error: unknown) => void = () => undefined;
  private readonly lastProgress = new Map<number, number>();
  /** While another engine is looked for. */
  private looking: AbortController | null = null;
  private interrupting: string | null = null;
  private over = false;

  constructor(private readonly options: StudyOptions) {
    this.executor = options.executor((event) => this.guard(() => this.receive(event)));
  }

  private get current(): StudyState {
    return this.options.log.state;
  }

  /**
   * Works until the study has finished or was interrupted.
   * @throws what went wrong in here.
   */
  async run(): Promise<StudyState> {
    const done = new Promise<StudyState>((resolve, reject) => {
      this.settle = resolve;
      this.reject = reject;
    });
    this.guard(() => this.act());
    try {
      return await done;
    } finally {
      this.over = true;
      this.cancelTick();
      this.looking?.abort();
      await this.executor.close();
    }
  }

  /** Callbacks have no caller to throw to. */
  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.over = true;
      this.reject(error);
    }
  }

  /** Saves whatever runs and ends the study resumably; a second call does not wait for the saving. */
  interrupt(reason: string): void {
    if (this.over) return;
    const first = this.interrupting === null;
    this.interrupting = reason;
    if (first) this.executor.stop();
    if (!first || this.isIdle()) this.endInterrupted(reason);
  }

  private isIdle(): boolean {
    const { trials, predictions, final } = this.current;
    return (
      final.status !== 'running' &&
      predictions.every(({ end }) => end !== null) &&
      trials.every((trial) => trial.rungs.at(-1)?.status !== 'running')
    );
  }

  private endInterrupted(reason: string): void {
    if (this.over) return;
    this.record({ type: 'study-interrupted', at: this.now(), reason });
    this.over = true;
    this.settle(this.current);
  }

  private now(): number {
    return this.options.clock.nowSeconds();
  }

  private record(event: StudyEvent): void {
    this.options.log.record(event);
  }

  /** Carries out actions until there is nothing to do but wait. */
  private act(): void {
    while (!this.over && this.interrupting === null && !this.waitsForEngine()) {
      const action = nextAction(this.current, this.options.space, this.now());
      if (!action) break;
      this.perform(action);
    }
    if (this.over) return;
    this.cancelTick();
    // Time alone can change what is decided: look again soon, and right after the search's end.
    this.cancelTick = this.options.clock.at(
      Math.min(this.now() + (this.options.tickSeconds ?? 1), Math.max(this.now(), lastInstant(this.current))),
      () => this.guard(() => this.act()),
    );
  }

  /** True while nothing is to be started because the engine is doubted: once whatever runs has ended, another one is looked for. */
  private waitsForEngine(): boolean {
    const { replaceEngine } = this.options;
    if (this.now() >= lastInstant(this.current)) return false;
    if (this.looking) return true;
    if (!replaceEngine || !isEngineDoubtful(this.current, this.now())) return false;
    if (!this.isIdle()) return true;
    const looking = new AbortController();
    this.looking = looking;
    this.executor.renew();
    void replaceEngine(looking.signal).then(
      () => this.goOn(),
      (error: unknown) => {
        if (!looking.signal.aborted) this.reject(error);
      },
    );
    return true;
  }

  private goOn(): void {
    this.looking = null;
    this.guard(() => this.act());
  }

  private perform(action: Action): void {
    const at = this.now();
    switch (action.type) {
      case 'open-bracket':
        this.record({ type: 'bracket-opened', at, bracket: action.bracket, shape: action.shape });
        return;
      case 'revise-plan': {
        const { plan } = this.current;
        if (!plan) throw new Error('study: expected a plan to revise');
        this.record({ ...plan, at, searchEndsAt: action.searchEndsAt, endsAt: action.endsAt });
        return;
      }
      case 'create-trial': {
        const { trial, bracket, rung, configuration, origin } = action;
        const above = rung > 0 ? { rung } : {};
        this.record({ type: 'trial-created', at, trial, bracket, ...above, configuration, origin });
        return;
      }
      case 'start-rung': {
        const { trial, rung, slot, attempt, memoryShare, resource, killAt } = action;
        this.record({ type: 'rung-started', at, trial, rung, slot, attempt, memoryShare, resource, killAt });
        break;
      }
      case 'start-prediction':
        this.record({
          type: 'prediction-started',
          at,
          trial: action.trial,
          rung: action.rung,
          slot: action.slot,
          killAt: action.killAt,
        });
        break;
      case 'start-final': {
        const { type: _, ...start } = action;
        this.record({ type: 'final-started', at, ...start });
        break;
      }
      case 'place-submission':
        this.place(action);
        return;
      case 'end-search':
        this.record({ type: 'search-ended', at, reason: action.reason, winner: action.winner, ...this.correlations() });
        return;
      case 'tell':
        this.record({ type: 'told', at, message: action.message });
        return;
      case 'finish':
        this.record({ type: 'study-finished', at, exitCode: action.exitCode, reason: action.reason });
        this.over = true;
        this.settle(this.current);
        return;
    }
    const { directory, space } = this.options;
    this.executor.start(action.slot, assignmentOf(action, this.current, space, directory, at));
  }

  private correlations(): Pick<EventOf<'search-ended'>, 'rankCorrelations'> {
    const correlations = rankCorrelations(summaryOf(this.current.trials).levels);
    return correlations.length === 0 ? {} : { rankCorrelations: [...correlations] };
  }

  /** What cannot be put in place costs this submission only: the one before it stands. */
  private place({ source, trial, rung, predictions }: Extract<Action, { type: 'place-submission' }>): void {
    try {
      const { rows, path, problem } = this.options.placeSubmission(join(this.options.directory, predictions));
      this.record({ type: 'submission-written', at: this.now(), source, trial, rung, rows, path });
      if (problem !== null && !this.current.told.some(({ message }) => message === problem))
        this.record({ type: 'told', at: this.now(), message: problem });
    } catch (error) {
      const failed = messageOf(error);
      if (source === 'final' && this.current.final.status !== 'finished') {
        // The final run goes on: with its result, this is tried again.
        this.record({ type: 'told', at: this.now(), message: failed });
        this.record({ type: 'final-predicted', at: this.now(), path: null });
        return;
      }
      if (source !== 'final') {
        this.record({ type: 'prediction-ended', at: this.now(), trial, rung, wallSeconds: 0, failed });
        return;
      }
      const code = this.current.submission ? exitCode.fallback : exitCode.failed;
      this.record({ type: 'study-finished', at: this.now(), exitCode: code, reason: failed });
      this.over = true;
      this.settle(this.current);
    }
  }

  private receive(event: ExecutorEvent): void {
    // The process that looks for an engine has its own listener.
    if (this.over || this.looking) return;
    const journalled = this.isTooSoon(event)
      ? null
      : event.type === 'message'
        ? eventOfMessage(this.current, event.slot, event.message, this.now(), this.options.directory)
        : eventOfFailure(this.current, event.slot, event, this.now());
    if (journalled) this.record(journalled);
    if (this.interrupting !== null && this.isIdle()) this.endInterrupted(this.interrupting);
    else if (event.type === 'ended' || endsAssignment(event.message) || event.message.type === 'predicted') this.act();
  }

  /** Curves need no more than a point a second and slot, and in a long study fewer, however often a trial reports. */
  private isTooSoon(event: ExecutorEvent): boolean {
    if (event.type !== 'message' || event.message.type !== 'progress') return false;
    const least = Math.max(1, (this.current.created?.budgetSeconds ?? 0) / mostPoints);
    const isSoon = this.now() - (this.lastProgress.get(event.slot) ?? Number.NEGATIVE_INFINITY) < least;
    if (!isSoon) this.lastProgress.set(event.slot, this.now());
    return isSoon;
  }
}
