import type { SimulatedOutcome, SimulatedWorld } from '../executor/simulator.js';
import { rungCost } from '../scheduler/cost.js';
import type { Configuration } from '../space/types.js';
import { accuracyAfter, type Curve, epochsWithin, secondsUntil } from './curve.js';

export interface CurveWorldOptions {
  readonly curveOf: (configuration: Configuration) => Curve;
  /** Epochs of a full training. */
  readonly maxEpoch: number;
  /** What full accuracy is in the curves, 1 or 100. */
  readonly accuracyScale: number;
  /** How many seconds of the study's clock a second of the curves is. */
  readonly timeScale: number;
  /** Images that accuracies in the curves come from. */
  readonly evaluatedImages: number;
  /** Epochs from which the final training goes on: 0 where it starts anew. */
  readonly finalFrom: () => number;
}

/** A rung's resource in whole epochs. */
export const wholeEpochs = (resource: number): number => Math.max(1, Math.round(resource));

/**
 * The world of a benchmark: trainings cost and give what their curves say. A rung read on its trunk costs what lies between two epochs, one that
 * restarts costs all of it again; there is no other cost. The final training goes on until the time is over or `maxEpoch` is reached.
 */
export function curveWorld(options: CurveWorldOptions): SimulatedWorld {
  const { curveOf, maxEpoch, accuracyScale, timeScale, finalFrom } = options;
  return {
    overheadSeconds: 0,
    inferenceImagesPerSecond: 1e6,
    evaluatedImages: options.evaluatedImages,
    trainSeconds(configuration, { from, to, anneal, cooldown }) {
      const until = (resource: number) =>
        resource === 0 ? 0 : timeScale * secondsUntil(curveOf(configuration), wholeEpochs(resource));
      return rungCost({ from: until(from), to: until(to), anneal, cooldown });
    },
    rung: (configuration, _trial, _rung, resource) => ({
      kind: 'score',
      score: accuracyAfter(curveOf(configuration), wholeEpochs(resource)) / accuracyScale,
    }),
    final(configuration, available): SimulatedOutcome {
      const curve = curveOf(configuration);
      const from = Math.min(finalFrom(), maxEpoch);
      const epochs = epochsWithin(curve, from, available / timeScale, maxEpoch);
      const trainSeconds = timeScale * (secondsUntil(curve, epochs) - secondsUntil(curve, from));
      return {
        kind: 'message',
        afterSeconds: trainSeconds,
        message: {
          type: 'final-result',
          score: epochs === 0 ? null : accuracyAfter(curve, epochs) / accuracyScale,
          epochs,
          model: null,
          predictions: null,
          inferenceSeconds: 0,
          views: [],
          wallSeconds: trainSeconds,
          trainSeconds,
          dataSeconds: 0,
          evaluateSeconds: 0,
          checkpointSeconds: 0,
          images: 0,
        },
      };
    },
  };
}
