import { planProgram } from '../program/plan.js';
import type { TrainingPrograms } from '../program/types.js';
import type { NetworkDescription } from './families.js';
import { Layout, trainedGroups } from './parameters.js';
import { declareParameters, trainingPrograms } from './programs.js';

export type { NetworkDescription } from './families.js';

/** A network, ready for an engine, and what it costs. */
export interface NetworkPlan {
  readonly programs: TrainingPrograms;
  /** First values of every variable, optimiser slots and averages included; the same for the same seed. */
  initialValues(seed: string): ReadonlyMap<string, Float32Array>;
  /** Trained parameters; moving statistics do not count. */
  readonly parameters: number;
  /**
   * Multiply-accumulates of convolutions and dense layers to classify one image; a training step takes about three
   * times as many.
   */
  readonly macsPerImage: number;
  /** Highest sum of live tensors in a training step, for one image of the batch. */
  readonly activationBytesPerImage: number;
}

function checkPositive(description: NetworkDescription): void {
  for (const name of ['width', 'blocks', 'stages', 'resolution', 'classes'] as const) {
    const value = description[name];
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`network.${name}: expected a positive integer, got ${value}`);
  }
}

/**
 * Turns a description into programs. The variables are flat: `weights`, `norms`, each with `.gradient`, `.momentum` and
 * `.average`, and `statistics` with `.average`.
 * @throws Error when a size is not a positive integer.
 */
export function describeNetwork(description: NetworkDescription): NetworkPlan {
  checkPositive(description);
  const layout = new Layout();
  declareParameters(description, layout);
  const programs = trainingPrograms(description, layout);
  return {
    programs,
    initialValues: (seed) => layout.initialValues(seed),
    parameters: trainedGroups.reduce((sum, group) => sum + layout.size(group), 0),
    macsPerImage: planProgram(programs.evaluate).macsPerImage,
    activationBytesPerImage: planProgram(programs.accumulate).peakBytesPerImage,
  };
}
