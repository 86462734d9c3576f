import { join } from 'node:path';
import { formatBytes } from '../data/pack/disk.js';
import { repairPack } from '../data/pack/repair.js';
import { partOfTraining } from '../data/subset.js';
import type { Dataset } from '../data/types.js';
import { defaultGpuMemoryBytes } from '../engine/gpu/pool.js';
import { messageOf } from '../errors.js';
import type { Clock, ExecutorEvent } from '../executor/executor.js';
import { LocalExecutor } from '../executor/local.js';
import type { StudyEvent } from '../state/events.js';
import type { StudyState } from '../state/types.js';
import { machineBytes, processLimitBytes, recycleBytes } from '../training/memory-limit.js';
import { startTimeoutSeconds } from './ask-again.js';
import { BestFile } from './best-file.js';
import { preparingEndsAt } from './decide.js';
import { finishLate } from './finish-late.js';
import type { StudyListener, StudyLog } from './log.js';
import { Mending } from './mending.js';
import { packPlaces } from './pack-places.js';
import { studyPaths } from './paths.js';
import { prepare } from './prepare.js';
import { replaceEngine } from './replace-engine.js';
import type { StudyMachine } from './request.js';
import { Study } from './study.js';
import { SubmissionKeeper } from './submission-keeper.js';
import { StudySurroundings } from './surroundings.js';
import { Tidying } from './tidy.js';

/** Time between two attempts to write what the disk has not taken, in seconds. */
const retrySeconds = 5;

export interface HostOptions {
  readonly directory: string;
  readonly log: StudyLog;
  readonly clock: Clock;
  readonly machine: StudyMachine;
  /** Reads the data set; not called once the deadline has passed, nor where the final phase has all that it needs. */
  readonly dataset: () => Promise<Dataset>;
}

/** A study in this process: prepares it, runs it, writes its files, and lets others watch and interrupt it. */
export class StudyHost {
  private readonly surroundings: StudySurroundings;
  private readonly tidying: Tidying;
  private readonly submission: SubmissionKeeper;
  private readonly executor: LocalExecutor;
  private readonly executorListeners = new Set<(event: ExecutorEvent) => void>();
  private readonly preparing = new AbortController();
  private readonly progressListeners = new Set<(done: number, total: number) => void>();
  private study: Study | null = null;
  private interruptions = 0;
  private reading: Promise<Dataset> | null = null;

  constructor(private readonly options: HostOptions) {
    const { machine, clock, directory, log } = options;
    this.surroundings = this.describeSurroundings();
    this.executor = new LocalExecutor({
      slots: machine.threads,
      command: machine.command,
      surroundings: this.surroundings,
      startTimeoutSeconds: startTimeoutSeconds(log.state.created?.budgetSeconds),
      memoryLimitBytes: (threads) => processLimitBytes(machineBytes(), threads / machine.threads),
      // No engine gives memory back: what a process keeps must leave room for the next assignment.
      recycleBytes: (threads) => recycleBytes(machineBytes(), threads / machine.threads),
      logs: join(directory, studyPaths.logs),
      tell: (message) => this.tell(message),
      clock,
      listener: (event) => {
        for (const listener of [...this.executorListeners]) listener(event);
      },
    });
    this.tidying = new Tidying(directory, (message) => this.tell(message));
    log.whenJournalFails(() => this.makeRoom());
    this.listen((event) => {
      if (event.type === 'message' && event.message.type === 'write-failed') this.makeRoom();
    });
    log.subscribe((event, state) => this.tidying.after(event, state));
    const mending = new Mending({
      repair: async (packed) => {
        const dataset = partOfTraining(await this.dataset(), log.state.fitted?.part ?? 1);
        return repairPack(dataset, packed, machine.threads);
      },
      hold: (until) => this.surroundings.hold(until),
      tell: (message) => this.tell(message),
    });
    log.subscribe((event, state) => mending.after(event, state));
    const best = new BestFile(directory, (message) => this.tell(message));
    log.subscribe((event, state) => best.after(event, state));
    this.submission = new SubmissionKeeper({
      directory,
      log,
      clock,
      makeRoom: () => this.makeRoom(),
      tell: (message) => this.tell(message),
    });
  }

  private describeSurroundings(): StudySurroundings {
    const { machine, clock, log } = this.options;
    const { precision, gpuMemoryBytes } = log.state.created ?? {};
    return new StudySurroundings({
      env: precision === undefined ? machine.env : { ...machine.env, HYPERBUDGET_PRECISION: precision },
      clock,
      cores: machine.threads,
      gpuMemoryBytes: gpuMemoryBytes ?? defaultGpuMemoryBytes,
      engine: () => log.state.engine,
      tell: (message) => this.tell(message),
      note: (memory) => this.note({ type: 'gpu-memory', at: clock.nowSeconds(), ...memory }),
    });
  }

  /** Journals what nobody waits for and what may come after the end. */
  private note(event: StudyEvent): void {
    try {
      this.options.log.record(event);
    } catch (error) {
      process.stderr.write(`hyperbudget: ${event.type} could not be journalled: ${messageOf(error)}\n`);
    }
  }

  private tell(message: string): void {
    this.note({ type: 'told', at: this.options.clock.nowSeconds(), message });
  }

  /** Deletes what the study can do without: the disk is full. */
  private makeRoom(): void {
    const { files, bytes } = this.tidying.free(this.options.log.state, 'least');
    if (files > 0)
      this.tell(`the disk is full: ${files} checkpoints of the study were deleted (${formatBytes(bytes)})`);
  }

  state(): StudyState {
    return this.options.log.state;
  }

  nowSeconds(): number {
    return this.options.clock.nowSeconds();
  }

  subscribe(listener: StudyListener): () => void {
    return this.options.log.subscribe(listener);
  }

  /** Tells how far packing is. */
  onPacking(listener: (done: number, total: number) => void): void {
    this.progressListeners.add(listener);
  }

  /** First call: stop after saving; a second one: at once. */
  interrupt(reason = 'interrupted by the user'): void {
    this.interruptions++;
    if (this.study) this.study.interrupt(reason);
    else this.preparing.abort(new Error(reason));
  }

  /**
   * Works until the study has finished or was interrupted.
   * @throws whatever made it impossible to go on; the study can be resumed once that is mended.
   */
  async run(): Promise<StudyState> {
    const stopRetrying = this.retryWriting();
    try {
      return await this.work();
    } finally {
      stopRetrying();
      this.submission.retry();
    }
  }

  /** What the disk has not taken is tried again even while nothing happens. Returns how to stop that. */
  private retryWriting(): () => void {
    const { clock, log } = this.options;
    let cancel: () => void = () => undefined;
    const arm = () => {
      cancel = clock.at(clock.nowSeconds() + retrySeconds, () => {
        log.retryJournal(clock.nowSeconds());
        this.submission.retry();
        arm();
      });
    };
    arm();
    return () => cancel();
  }

  private async work(): Promise<StudyState> {
    const { log, clock, machine } = this.options;
    if (clock.nowSeconds() >= (log.state.created?.budgetSeconds ?? 0)) {
      return this.finishLate('the deadline had passed when the study was resumed');
    }
    // What was deleted before an interruption, or was not, nobody remembers.
    this.tidying.free(log.state, 'usual');
    const cancelDeadline = this.abortAtDeadline();
    try {
      const named = Boolean(machine.env['HYPERBUDGET_ENGINE']);
      const search = {
        log,
        clock,
        executor: this.executor,
        listen: (listener: (event: ExecutorEvent) => void) => this.listen(listener),
        threads: machine.threads,
        leaveOut: (engines: readonly string[]) => this.surroundings.leaveOut(engines),
      };
      const space = await prepare({
        ...search,
        dataset: async () => {
          const dataset = await this.dataset();
          this.submission.placeClassPrior(dataset);
          return dataset;
        },
        packPlaces: packPlaces(machine.cacheDirectory, this.options.directory, log.state.data?.directory ?? null),
        named,
        signal: this.preparing.signal,
        onPacking: (done, total) => {
          for (const listener of this.progressListeners) listener(done, total);
        },
      });
      cancelDeadline();
      this.study = new Study({
        directory: this.options.directory,
        log,
        clock,
        space,
        placeSubmission: (predictions) => this.submission.place(predictions),
        executor: (listener) => {
          this.listen(listener);
          return this.executor;
        },
        ...(named ? {} : { replaceEngine: (signal) => replaceEngine({ ...search, signal }) }),
      });
      return await this.study.run();
    } catch (error) {
      // A timer that is left would keep the process alive until the deadline.
      cancelDeadline();
      await this.executor.close();
      return this.failed(error);
    }
  }

  /** Read once. */
  private dataset(): Promise<Dataset> {
    this.reading ??= this.options.dataset();
    return this.reading;
  }

  private finishLate(reason: string): StudyState {
    return finishLate(this.options, reason);
  }

  private failed(error: unknown): StudyState {
    const { log, clock } = this.options;
    const at = clock.nowSeconds();
    const reason = messageOf(error);
    if (this.preparing.signal.aborted) {
      if (this.interruptions === 0) return this.finishLate(reason);
      log.record({ type: 'study-interrupted', at, reason });
      return log.state;
    }
    // A data folder that is not mounted, a full disk, a process that was killed: what went wrong may be mended, so the study stays resumable.
    if (!log.state.finished) log.record({ type: 'study-interrupted', at, reason });
    throw error;
  }

  /** Preparing that would outlast the budget is cut off: a submission stands by then. Returns how to cancel that. */
  private abortAtDeadline(): () => void {
    const { clock, log } = this.options;
    const reason = log.state.plan ? 'no time was left to go on' : 'preparing the data took the whole budget';
    return clock.at(preparingEndsAt(log.state), () => this.preparing.abort(new Error(reason)));
  }

  private listen(listener: (event: ExecutorEvent) => void): () => void {
    this.executorListeners.add(listener);
    return () => this.executorListeners.delete(listener);
  }
}
