import type { Operation } from './operation.js';

export type DataType = 'float32' | 'uint8';

/**
 * Shape and type of one tensor. Images are NHWC. Dimension 0 may be −1: the batch, known only when the program runs.
 */
export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** One output of one node. */
export interface ValueRef {
  readonly node: number;
  readonly output: number;
}

/**
 * One operation of a program. Nodes stand in a legal order of execution: inputs and `after` name only earlier nodes.
 */
export interface Node {
  /** Its own index in `Program.nodes`. */
  readonly id: number;
  readonly operation: Operation;
  readonly inputs: readonly ValueRef[];
  /** Ordering edges: nodes that must have run before this one although it takes no value from them. */
  readonly after: readonly number[];
  readonly outputs: readonly TensorType[];
}

/** A straight-line computation over tensors and the variables of a session. */
export interface Program {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** What a run takes, by name: the `input` nodes. */
  readonly inputs: Readonly<Record<string, TensorType>>;
  /** What a run gives back, by name. */
  readonly outputs: Readonly<Record<string, ValueRef>>;
}

/** A float32 tensor that lives in the session between runs. */
export interface VariableSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * The programs of a network that see images, for images of one side; what is absent is not asked for at that side. `recalibrate`: in `images` and
 * `rate` float32 [1], in [0, 1]; moves the averaged batch-norm statistics by that part to those that the averaged weights have on the images.
 */
export interface SidePrograms {
  readonly accumulate?: Program;
  readonly evaluate?: Program;
  readonly recalibrate?: Program;
}

/** An input of `accumulate` that is drawn anew for every image: 0 drops what it multiplies, 1 / (1 − rate) keeps it. */
export interface MaskInput {
  /** Of the input, float32 with the batch as its first dimension. */
  readonly name: string;
  /** Numbers of each image, each drawn by itself. */
  readonly perImage: number;
  /** `dropout`: features before the classifier (Srivastava et al. 2014); `dropPath`: what a block adds to its shortcut (Huang et al. 2016). */
  readonly kind: 'dropout' | 'dropPath';
  /** Part of the rate of its kind, in (0, 1]. */
  readonly share: number;
}

/**
 * Everything an engine needs to train and evaluate one network.
 *
 * - `accumulate`: in `images` uint8 [batch, side, side, 3], `targets` float32 [batch, classes] (rows sum to 1),
 *   `lossScale` float32 [1] and the masks; adds the gradients of lossScale · the summed loss into the gradient variables and moves the
 *   batch-norm statistics a tenth of the way to the batch's; out `loss` float32 [1], the sum over the batch, not scaled.
 * - `apply`: in `learningRate`, `momentum`, `weightDecay`, `gradientScale` (1 / (lossScale · images since the last
 *   apply)), `averageRate` (how far the averaged weights move to the current ones, in [0, 1]), for updates that clip
 *   `clip` (the largest norm of the mean gradient), for those whose averages have a tail `averageTail` (1 in it, else 0) and, for optimisers that sum squared gradients, `beta2`,
 *   `firstMomentScale` ((1 − momentum) / (1 − momentumᵗ) at the t-th update, from 1) and `secondMomentScale` (the same
 *   of beta2), all float32 [1]; updates the weights, clears the gradients; out `finite` float32 [1]: 1, or 0 where a
 *   gradient was not a finite number and nothing but clearing them was done.
 * - `evaluate`: in `images`; out `logits` float32 [batch, classes] of the averaged weights.
 */
export interface TrainingPrograms {
  readonly accumulate: Program;
  readonly apply: Program;
  readonly evaluate: Program;
  /** `accumulate` and `evaluate` for images of other sides, and `recalibrate` for any, by the side in pixels; they share the variables. */
  readonly otherSides?: ReadonlyMap<number, SidePrograms>;
  readonly variables: readonly VariableSpec[];
  /** Names of the gradient variables: what data-parallel replicas sum between `accumulate` and `apply`. */
  readonly gradients: readonly string[];
  /** Names of the batch-norm statistics variables: what data-parallel replicas average. */
  readonly statistics: readonly string[];
  /** Masks that `accumulate` is fed with; default: none. */
  readonly masks?: readonly MaskInput[];
}
