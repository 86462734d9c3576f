import type { MessagePort } from 'node:worker_threads';
import { DamagedDataError } from '../data/damage.js';
import { OutOfMemoryError } from '../engine/engine.js';
import { messageOf, unreachable } from '../errors.js';
import type { StepSum } from './replica.js';
import type { InferenceRequest, LocalReplica } from './replicas.js';
import type { StepScalars } from './step-scalars.js';

/** First replica → other replica. */
export type ReplicaRequest =
  | { readonly type: 'prepare' }
  | { readonly type: 'accumulate'; readonly side: number | undefined }
  | { readonly type: 'regularise'; readonly strength: number }
  | { readonly type: 'apply'; readonly scalars: StepScalars; readonly images: number }
  | { readonly type: 'infer'; readonly request: InferenceRequest }
  | { readonly type: 'recalibrate'; readonly request: InferenceRequest; readonly seen: number };

/** Which error it was: classes do not survive the way between threads. */
export type ReplicaFailure = 'out-of-memory' | 'data' | 'other';

function kindOf(error: unknown): ReplicaFailure {
  if (error instanceof OutOfMemoryError) return 'out-of-memory';
  return error instanceof DamagedDataError ? 'data' : 'other';
}

/** Other replica → first replica: one answer to each request but `regularise` and `apply`; before it, `working` any number of times. */
export type ReplicaAnswer =
  | { readonly type: 'ready' }
  | { readonly type: 'working' }
  | { readonly type: 'prepared' }
  | { readonly type: 'accumulated'; readonly sum: StepSum }
  | { readonly type: 'recalibrated' }
  | { readonly type: 'inferred'; readonly probabilities: Float32Array }
  | { readonly type: 'failed'; readonly message: string; readonly kind: ReplicaFailure };

/** Memory shared by the replicas of a team, both of the exchange vector's length. */
export interface SharedVectors {
  readonly contribution: Float32Array;
  readonly total: Float32Array;
}

/** The answer of a thread that is of no use any more. */
export const failedAnswer = (error: unknown): ReplicaAnswer => ({
  type: 'failed',
  message: messageOf(error),
  kind: kindOf(error),
});

/** Answers requests one after the other until the thread is ended; a failure is an answer, after which the thread is of no use. */
export function serveReplica(
  port: MessagePort,
  { replica, infer, recalibrate }: LocalReplica,
  shared: SharedVectors,
): void {
  const answer = (message: ReplicaAnswer): void => port.postMessage(message);
  const serve = async (request: ReplicaRequest): Promise<void> => {
    switch (request.type) {
      case 'prepare':
        await replica.prepare();
        return answer({ type: 'prepared' });
      case 'accumulate': {
        const sum = await replica.accumulate(request.side);
        await replica.exportExchange(shared.contribution);
        return answer({ type: 'accumulated', sum });
      }
      case 'regularise':
        replica.regularise(request.strength);
        return;
      case 'apply':
        replica.importExchange(shared.total);
        await replica.apply(request.scalars, request.images);
        return;
      case 'infer':
        return answer({ type: 'inferred', probabilities: await infer(request.request) });
      case 'recalibrate':
        await recalibrate(request.request, request.seen);
        return answer({ type: 'recalibrated' });
      default:
        return unreachable(request);
    }
  };
  let last = Promise.resolve();
  port.on('message', (request: ReplicaRequest) => {
    last = last.then(() => serve(request)).catch((error: unknown) => answer(failedAnswer(error)));
  });
  answer({ type: 'ready' });
}
