import { join } from 'node:path';
import { messageOf } from '../errors.js';
import { monotonicSeconds } from '../monotonic.js';
import type { FailureReason } from '../state/events.js';
import type { Assignment, TrialMessage } from '../trial/protocol.js';
import { kernelKills, lastLinesOf, reasonOfDeath } from './death.js';
import { type Clock, type Executor, type ExecutorListener, endsAssignment } from './executor.js';
import { TrialProcess } from './process.js';
import { SilenceWatch } from './silence-watch.js';
import type { RunningProcess, Surroundings } from './surroundings.js';

export interface LocalExecutorOptions {
  readonly slots: number;
  /** Program and arguments of a trial process. */
  readonly command: readonly string[];
  readonly surroundings: Surroundings;
  /** Folder for the logs of the processes. */
  readonly logs: string;
  readonly clock: Clock;
  readonly listener: ExecutorListener;
  /** Hears once that processes run without a log; default: standard error. */
  readonly tell?: (message: string) => void;
  /** A process of so many threads that holds more than this after an assignment is replaced; default 3 GiB. */
  readonly recycleBytes?: (threads: number) => number;
  /** A process of so many threads that holds more than this while it works has run out of memory; default: no limit. */
  readonly memoryLimitBytes?: (threads: number) => number;
  /** Counts what the kernel has killed for want of memory; default: as the system says. */
  readonly kernelKills?: () => number;
  /** A new process that has not said hello within this time hangs; default 60 s. */
  readonly startTimeoutSeconds?: number;
}

/** Libraries of gigabytes may come from a slow disk, and GPU code be compiled, before a new process can say anything. */
export const defaultStartTimeoutSeconds = 60;
/** A process that has said hello and has not started to work within this time hangs. */
const workTimeoutSeconds = 60;
/** However soon a process announces its next message, it has at least so much time for it. */
const shortestTimeoutSeconds = 10;
/** Memory that the smallest machines can spare for an idle process. */
export const defaultRecycleBytes = 3 * 2 ** 30;
/** Time a stopping process has to save. */
const stopGraceSeconds = 10;
/** Time that a process which is to end has before it is killed. */
const endGraceSeconds = 1;

interface Slot {
  readonly slot: number;
  /** Waits while the slot has an assignment and its process has been given it. */
  readonly silence: SilenceWatch;
  process: TrialProcess | null;
  /** Threads that the process was started for: its environment holds no others. */
  threads: number;
  /** Processes started in this slot so far: names the log. */
  starts: number;
  assignment: Assignment | null;
  stopping: boolean;
  cancelKill: () => void;
  memoryBytes: number;
  /** What the kernel had killed when the assignment was given: a process may outlive many such kills. */
  killsBefore: number;
}

/**
 * Runs trials in local child processes, one a slot: started when first needed, kept for the next assignment, replaced after a failure, a hang or
 * memory growth, and for an assignment with another number of threads.
 */
export class LocalExecutor implements Executor {
  readonly slots: number;
  private readonly all: readonly Slot[];
  /** Processes that are to end, until they are gone. */
  private readonly leaving = new Set<TrialProcess>();
  /** Processes that have said that they share their device. */
  private readonly sharing = new WeakSet<TrialProcess>();
  private closed = false;
  private isLogMissed = false;

  constructor(private readonly options: LocalExecutorOptions) {
    this.slots = options.slots;
    this.all = Array.from({ length: options.slots }, (_, slot) => this.emptySlot(slot));
  }

  private emptySlot(index: number): Slot {
    const slot: Slot = {
      slot: index,
      silence: new SilenceWatch(this.options.clock, (seconds) =>
        this.abort(slot, 'hang', `nothing was heard of it for ${seconds.toFixed(0)} s`),
      ),
      process: null,
      threads: 0,
      starts: 0,
      assignment: null,
      stopping: false,
      cancelKill: () => undefined,
      memoryBytes: 0,
      killsBefore: 0,
    };
    return slot;
  }

  start(index: number, assignment: Assignment): void {
    const slot = this.all[index];
    if (!slot || this.closed) throw new Error(`executor: expected an open slot below ${this.slots}, got ${index}`);
    if (slot.assignment) throw new Error(`executor: slot ${index} is busy`);
    slot.assignment = assignment;
    slot.stopping = false;
    slot.cancelKill = this.options.clock.at(assignment.killAtSeconds, () =>
      this.afterPending(slot, () => {
        // It may have waited for a repair or for another process to end: that is not the trial's fault.
        if (slot.process) this.abort(slot, 'over-time', 'it ran past the time it was given');
        else this.end(slot, 'interrupted', 'no process could be started for it in its time', null);
      }),
    );
    // Those that were started for other threads would be of no use for what comes next either: the memory is worth more.
    for (const idle of this.all) {
      if (idle.process && (!idle.assignment || idle === slot) && idle.threads !== assignment.threads)
        this.discard(idle);
    }
    if (slot.process) this.give(slot, slot.process, assignment, workTimeoutSeconds);
    else void this.admit(slot, assignment);
  }

  stop(): void {
    for (const slot of this.all) {
      if (!slot.assignment || slot.stopping) continue;
      if (!slot.process) {
        this.end(slot, 'interrupted', 'it was stopped before it had begun', null);
        continue;
      }
      slot.stopping = true;
      slot.process.send({ type: 'stop' });
      slot.cancelKill();
      const { clock } = this.options;
      slot.cancelKill = clock.at(clock.nowSeconds() + stopGraceSeconds, () =>
        this.abort(slot, 'interrupted', 'it did not stop in time'),
      );
    }
  }

  renew(): void {
    for (const slot of this.all) if (!slot.assignment) this.discard(slot);
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const slot of this.all) {
      this.release(slot);
      slot.process?.kill();
      slot.process = null;
    }
    for (const process of this.leaving) process.kill();
    this.options.surroundings.close();
  }

  /** Starts a process for the assignment once one may start, unless the assignment has ended by then. */
  private async admit(slot: Slot, assignment: Assignment): Promise<void> {
    const isAwaited = () => !this.closed && slot.assignment === assignment;
    try {
      // A device that only one may use is free when the process before is gone; one that never said what it runs on may hold it.
      const waits = !this.options.surroundings.shares(assignment);
      const holders = waits ? [...this.leaving].filter((process) => !this.sharing.has(process)) : [];
      if (holders.length > 0) await Promise.all(holders.map(({ end }) => end));
      if (!isAwaited()) return;
      const env = await this.options.surroundings.admit(assignment);
      if (!isAwaited()) return;
      slot.process = this.launch(slot, env);
      slot.threads = assignment.threads;
      const { startTimeoutSeconds = defaultStartTimeoutSeconds } = this.options;
      this.give(slot, slot.process, assignment, startTimeoutSeconds);
    } catch (error) {
      // No memory or descriptors for a process, or a device that does not answer, may pass: it is tried again.
      if (isAwaited()) this.end(slot, 'crash', messageOf(error), null);
    }
  }

  /** The trial's clock begins with the message, which may have waited for a process. */
  private give(slot: Slot, process: TrialProcess, assignment: Assignment, timeoutSeconds: number): void {
    slot.killsBefore = this.countKernelKills();
    process.shortenLog();
    slot.silence.expect(timeoutSeconds);
    const sentAtSeconds = this.options.clock.nowSeconds();
    process.send({ ...assignment, sentAtSeconds, sentAtMonotonicSeconds: monotonicSeconds() });
  }

  private countKernelKills(): number {
    return (this.options.kernelKills ?? kernelKills)();
  }

  private launch(slot: Slot, env: NodeJS.ProcessEnv): TrialProcess {
    slot.starts++;
    const { command, logs, surroundings } = this.options;
    const log = join(logs, `slot-${slot.slot}-${slot.starts}.log`);
    const started: TrialProcess = new TrialProcess({
      command,
      env,
      log,
      onLogProblem: (problem) => this.missLog(problem),
      onMessage: (message) => {
        if (slot.process !== started) return;
        if (message.type === 'hello' && !message.exclusive) this.sharing.add(started);
        surroundings.heard(running, message);
        // What shares the machine with it may have stopped it.
        if (slot.process === started) this.receive(slot, message);
      },
      onProtocolError: (text) => {
        if (slot.process === started) this.abort(slot, 'protocol', `it sent what is no message: ${text}`);
      },
      onExit: (text, signal) => {
        surroundings.ended(running);
        this.leaving.delete(started);
        if (slot.process !== started) return;
        slot.process = null;
        if (!slot.assignment) return;
        const lastLines = lastLinesOf(started.log, started.logOffset);
        const kernelKilled = this.countKernelKills() > slot.killsBefore;
        const reason = reasonOfDeath({ signal, lastLines, kernelKilled });
        this.end(slot, slot.stopping ? 'interrupted' : reason, `the process ${text}`, started.log);
      },
    });
    const running: RunningProcess = {
      pid: started.pid,
      log: started.log,
      logOffset: started.logOffset,
      stop: (reason, message) => {
        if (slot.process === started) this.abort(slot, reason, message);
      },
    };
    surroundings.started(running);
    return started;
  }

  private missLog(problem: string): void {
    if (this.isLogMissed) return;
    this.isLogMissed = true;
    const tell = this.options.tell ?? ((message: string) => process.stderr.write(`hyperbudget: ${message}\n`));
    tell(`trials run without a log: ${problem}`);
  }

  private receive(slot: Slot, message: TrialMessage): void {
    if (message.type === 'heartbeat') {
      slot.memoryBytes = message.memoryBytes;
      const limitBytes = this.options.memoryLimitBytes?.(slot.threads) ?? Number.POSITIVE_INFINITY;
      if (slot.assignment && !slot.stopping && message.memoryBytes > limitBytes) {
        const [held, most] = [message.memoryBytes, limitBytes].map((bytes) => Math.round(bytes / 2 ** 20));
        this.abort(
          slot,
          'out-of-memory',
          `it held ${held} MiB of memory, more than the ${most} MiB that are its share`,
        );
        return;
      }
    }
    if (slot.assignment) {
      const isAnnounced = message.type === 'heartbeat';
      slot.silence.expect(isAnnounced ? Math.max(message.timeoutSeconds, shortestTimeoutSeconds) : workTimeoutSeconds);
    }
    const log = slot.process?.log ?? null;
    if (message.type === 'stopped') {
      this.end(slot, 'interrupted', 'it was stopped', log);
      return;
    }
    if (message.type === 'failed') {
      // After a divergence the process is as good as new; after anything else who knows.
      if (message.reason !== 'diverged') this.discard(slot);
      this.end(slot, message.reason, message.message, log);
      return;
    }
    const wasBusy = slot.assignment !== null;
    if (endsAssignment(message)) {
      if (!wasBusy) return;
      this.release(slot);
      if (slot.memoryBytes > (this.options.recycleBytes?.(slot.threads) ?? defaultRecycleBytes)) this.discard(slot);
    }
    this.options.listener({ type: 'message', slot: slot.slot, message });
  }

  /**
   * Judges a slot after what waits in its pipe has been read: when this process itself was held up (a stopped job, a slow disk), its timers fire
   * before the messages that arrived meanwhile.
   */
  private afterPending(slot: Slot, judge: () => void): void {
    const { assignment } = slot;
    setImmediate(() => {
      if (assignment && slot.assignment === assignment) judge();
    });
  }

  private abort(slot: Slot, reason: FailureReason, message: string): void {
    const log = slot.process?.log ?? null;
    this.discard(slot);
    if (slot.assignment) this.end(slot, reason, message, log);
  }

  private discard(slot: Slot): void {
    const { process } = slot;
    slot.process = null;
    slot.memoryBytes = 0;
    slot.silence.cancel();
    if (process === null) return;
    this.leaving.add(process);
    process.terminate(this.options.clock, endGraceSeconds);
  }

  private end(slot: Slot, reason: FailureReason, message: string, log: string | null): void {
    if (!slot.assignment) return;
    this.release(slot);
    this.options.listener({ type: 'ended', slot: slot.slot, reason, message, log });
  }

  private release(slot: Slot): void {
    slot.assignment = null;
    slot.cancelKill();
    slot.silence.cancel();
  }
}
