import { elements } from '../program/geometry.js';
import { leanerPrograms } from '../program/leaner.js';
import { planProgram } from '../program/plan.js';
import type { Program, TrainingPrograms } from '../program/types.js';
import type { NetworkDescription } from './families.js';
import { gradientOf, Layout, plainUpdate, trainedGroups, type UpdateRule } from './parameters.js';
import { declareParameters, recalibrateProgram, trainingPrograms } from './programs.js';

export { blockKinds, families, type NetworkDescription, stems } from './families.js';
export { type OptimizerKind, optimizerKinds, type UpdateRule } from './parameters.js';

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
  /** See `SidePrograms`. */
  recalibrate(): Program;
  /** The same training step with ever less memory at ever more work, in the order of their work: first as the plan itself has it. */
  steps(): Iterable<TrainingStep>;
}

/** One of several equivalent ways to train a network. */
export interface TrainingStep {
  readonly programs: TrainingPrograms;
  readonly activationBytesPerImage: number;
  /** Whether activations are computed again in the backward pass instead of being kept. */
  readonly recomputes: boolean;
}

/** Float32 values that a checkpoint of a network holds: all variables but the gradients, which are zero between two steps. */
export function savedElements(description: NetworkDescription, rule: UpdateRule): number {
  checkPositive(description);
  const layout = new Layout(rule);
  declareParameters(description, layout);
  const gradients = new Set(trainedGroups.map(gradientOf));
  const saved = layout.variables().filter(({ name }) => !gradients.has(name));
  return saved.reduce((sum, { shape }) => sum + elements(shape), 0);
}

function* stepsOf(programs: TrainingPrograms, activationBytesPerImage: number): Generator<TrainingStep> {
  yield { programs, activationBytesPerImage, recomputes: false };
  for (const accumulate of leanerPrograms(programs.accumulate)) {
    const { peakBytesPerImage } = planProgram(accumulate);
    yield {
      programs: { ...programs, accumulate },
      activationBytesPerImage: peakBytesPerImage,
      recomputes: true,
    };
  }
}

function checkPositive(description: NetworkDescription): void {
  const { blocks } = description;
  for (const name of ['width', 'blocks', 'stages', 'resolution', 'classes'] as const) {
    const values = name === 'blocks' && typeof blocks !== 'number' ? blocks : [description[name]];
    const wrong = values.find((value) => !Number.isInteger(value) || Number(value) < 1);
    if (wrong !== undefined) throw new Error(`network.${name}: expected a positive integer, got ${wrong}`);
  }
}

/**
 * Turns a description into programs. The variables are flat: `weights`, `norms`, each with `.gradient`, `.momentum`,
 * `.average` and, where the optimiser needs it, `.secondMoment`, and `statistics` with `.average`.
 * @param rule decides what `apply` does and which slots there are; what it leaves out: Nesterov momentum and nothing else.
 * @throws Error when a size is not a positive integer.
 */
export function describeNetwork(description: NetworkDescription, rule: Partial<UpdateRule> = {}): NetworkPlan {
  checkPositive(description);
  const layout = new Layout({ ...plainUpdate, ...rule });
  declareParameters(description, layout);
  const programs = trainingPrograms(description, layout);
  const activationBytesPerImage = planProgram(programs.accumulate).peakBytesPerImage;
  return {
    programs,
    initialValues: (seed) => layout.initialValues(seed),
    parameters: trainedGroups.reduce((sum, group) => sum + layout.size(group), 0),
    macsPerImage: planProgram(programs.evaluate).macsPerImage,
    activationBytesPerImage,
    recalibrate: () => recalibrateProgram(description, layout),
    steps: () => stepsOf(programs, activationBytesPerImage),
  };
}
