import type { Worker } from 'node:worker_threads';
import { DamagedDataError } from '../data/damage.js';
import { OutOfMemoryError } from '../engine/engine.js';
import { unreachable } from '../errors.js';
import type { StepSum } from './replica.js';
import type { ReplicaAnswer, ReplicaFailure, ReplicaRequest } from './replica-server.js';
import type { InferenceRequest, RemoteReplica } from './replicas.js';
import type { StepScalars } from './step-scalars.js';

interface Waiting {
  readonly resolve: (answer: ReplicaAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * The first replica's end of the line to a replica on another thread. A thread that ends or stays silent is an error, never a hang; one that says that it is
 * working is waited for.
 */
export class ThreadReplica implements RemoteReplica {
  private readonly waiting: Waiting[] = [];
  private failure: Error | null = null;
  /** Messages of the thread so far. */
  private heard = 0;

  /**
   * @param contribution shared memory that the thread fills before it answers `accumulate`
   * @param timeoutSeconds how long the thread may be silent while an answer is waited for
   */
  constructor(
    private readonly worker: Worker,
    readonly contribution: Float32Array,
    private readonly timeoutSeconds: number,
  ) {
    worker.on('message', (answer: ReplicaAnswer) => this.settle(answer));
    worker.on('error', (error) => this.fail(error));
    worker.on('exit', (code) => this.fail(new Error(`a replica's thread ended with code ${code}`)));
  }

  /** Resolves when the thread has loaded its network. */
  async ready(): Promise<void> {
    await this.answer('ready');
  }

  async accumulate(side?: number): Promise<StepSum> {
    const { sum } = await this.ask({ type: 'accumulate', side }, 'accumulated');
    return sum;
  }

  async prepare(): Promise<void> {
    await this.ask({ type: 'prepare' }, 'prepared');
  }

  regularise(strength: number): void {
    this.post({ type: 'regularise', strength });
  }

  apply(scalars: StepScalars, images: number): void {
    this.post({ type: 'apply', scalars, images });
  }

  async infer(request: InferenceRequest): Promise<Float32Array> {
    const { probabilities } = await this.ask({ type: 'infer', request }, 'inferred');
    return probabilities;
  }

  async recalibrate(request: InferenceRequest, seen: number): Promise<void> {
    await this.ask({ type: 'recalibrate', request, seen }, 'recalibrated');
  }

  async dispose(): Promise<void> {
    this.fail(new Error('the replica was closed'));
    await this.worker.terminate();
  }

  private post(request: ReplicaRequest): void {
    this.worker.postMessage(request);
  }

  private ask<T extends ReplicaAnswer['type']>(request: ReplicaRequest, expected: T) {
    const answer = this.answer(expected);
    this.post(request);
    return answer;
  }

  private async answer<T extends ReplicaAnswer['type']>(expected: T): Promise<Extract<ReplicaAnswer, { type: T }>> {
    if (this.failure !== null) throw this.failure;
    const answer = await new Promise<ReplicaAnswer>((resolve, reject) => {
      const judge = (heardBefore: number) => {
        if (this.waiting.includes(entry) && this.heard === heardBefore) {
          this.fail(new Error(`a replica's thread did not answer within ${this.timeoutSeconds} s`));
        }
      };
      // This thread may have been busy itself: what has arrived by now is taken before the verdict.
      const timer = setTimeout(() => setImmediate(judge, this.heard), this.timeoutSeconds * 1000);
      const entry: Waiting = { resolve, reject, timer };
      this.waiting.push(entry);
    });
    if (isOf(answer, expected)) return answer;
    throw new Error(`a replica's thread answered ${answer.type}, not ${expected}`);
  }

  private settle(answer: ReplicaAnswer): void {
    this.heard++;
    if (answer.type === 'working') {
      for (const { timer } of this.waiting) timer.refresh();
      return;
    }
    if (answer.type === 'failed') {
      this.fail(errorOf(answer.kind, answer.message));
      return;
    }
    const next = this.waiting.shift();
    if (next === undefined) {
      this.fail(new Error(`a replica's thread said ${answer.type} unasked`));
      return;
    }
    clearTimeout(next.timer);
    next.resolve(answer);
  }

  /** The first failure stays: whoever waits now or asks later gets it. */
  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject, timer } of this.waiting.splice(0)) {
      clearTimeout(timer);
      reject(this.failure);
    }
  }
}

function errorOf(kind: ReplicaFailure, message: string): Error {
  switch (kind) {
    case 'out-of-memory':
      return new OutOfMemoryError(message);
    case 'data':
      return new DamagedDataError(message);
    case 'other':
      return new Error(message);
    default:
      return unreachable(kind);
  }
}

function isOf<T extends ReplicaAnswer['type']>(
  answer: ReplicaAnswer,
  type: T,
): answer is Extract<ReplicaAnswer, { type: T }> {
  return answer.type === type;
}
