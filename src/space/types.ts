/** A value of a parameter as it stands in a configuration. */
export type ParameterValue = number | string | boolean;

/** One point of a search space: the active parameters by name. Inactive conditional parameters are absent. */
export type Configuration = Readonly<Record<string, ParameterValue>>;

/** How much the space's author believes in a default: the prior sampler narrows around it accordingly. */
export type Confidence = 'low' | 'medium' | 'high';

/** The parameter is active only while `parameter` is active and holds one of `values`. */
export interface Condition {
  readonly parameter: string;
  readonly values: readonly ParameterValue[];
}

interface ParameterBase {
  readonly name: string;
  /** All of them must hold; empty means always active. A condition names only parameters declared earlier. */
  readonly when: readonly Condition[];
  readonly confidence: Confidence;
}

/** A real number in [low, high], inclusive; on a log scale when `log`; a multiple of `step` above `low` when given. */
export interface FloatParameter extends ParameterBase {
  readonly kind: 'float';
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly step?: number;
  readonly default?: number;
}

/** An integer in [low, high], inclusive. */
export interface IntParameter extends ParameterBase {
  readonly kind: 'int';
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly step?: number;
  readonly default?: number;
}

/** One of a list of values; of numbers alone the model takes the order into account. */
export interface ChoiceParameter extends ParameterBase {
  readonly kind: 'choice';
  readonly values: readonly ParameterValue[];
  readonly default?: ParameterValue;
}

/** A fixed value that trials receive like any other. */
export interface ConstantParameter extends ParameterBase {
  readonly kind: 'constant';
  readonly value: ParameterValue;
}

export type Parameter = FloatParameter | IntParameter | ChoiceParameter | ConstantParameter;

/** What one unit of a rung's resource is. */
export type ResourceUnit = 'seconds' | 'epochs' | 'samples';

/**
 * How a rung ends its learning rate at zero. `trunk`: constant rate, a checkpoint, then a cooldown over the last `cooldown` part of the
 * rung; a promotion goes on from the checkpoint. `restart`: every rung trains anew with a whole schedule.
 */
export type Anneal = 'trunk' | 'restart';

export interface SchedulerSettings {
  readonly kind: 'hyperband' | 'successive-halving' | 'asha' | 'pasha' | 'model-asha' | 'single-rung';
  readonly sampler: 'random' | 'sobol' | 'prior' | 'kde' | 'tpe' | 'gaussian-process';
  /** One of eta trials is promoted; an integer >= 2. */
  readonly eta: number;
  readonly unit: ResourceUnit;
  /** Resource of the lowest rung, in `unit`, > 0. */
  readonly min: number;
  /** Resource of the highest rung, in `unit`; `auto`: as long as the search time allows. */
  readonly max: number | 'auto';
  readonly anneal: Anneal;
  /**
   * Part of a rung that cools down, in (0, 1]; only with `trunk`. In simulations it may be 0: the rung is read on the trunk itself, a promotion
   * costs exactly what it trains further, and the final training may go on from there.
   */
  readonly cooldown: number;
}

/** What grows with the rungs, as factors in (0, 1] of what the final run will use; the highest rung always has factor 1. */
export interface FidelitySettings {
  /** Part of the training images that the lowest rung sees. */
  readonly subset: number;
  /** Whether each epoch of a rung with a part of the images sees another part. */
  readonly resample: boolean;
  /** Part of the classes that the lowest rung sees. */
  readonly classes: number;
  /** Side of the images of the lowest rung relative to the configuration's resolution. */
  readonly resolution: number;
}

export interface BudgetSettings {
  /** Part of the budget, in (0, 1), that the search may use, packing included; `auto`: decided while it runs, between the two below. */
  readonly searchShare: number | 'auto';
  /** Part of the budget, in [0, 1], that the search gets at least where its share is `auto`. */
  readonly minSearchShare: number;
  /** Part of the budget, in [minSearchShare, 1], that the search gets at most where its share is `auto`. `auto`: all with `final.maxEpochs`, else 0.3 of the time after its preparation. */
  readonly maxSearchShare: number | 'auto';
  /** Seconds kept free at the very end, for writing and exiting. */
  readonly reserveSeconds: number | 'auto';
}

export interface FinalSettings {
  /** Train the final model on the validation images too. */
  readonly useValidation: boolean;
  /** Begin the final training anew at half its learning rate where its beginning shows that it does not bear it. */
  readonly checkLearningRate: boolean;
  /** Most views of a test image whose predictions are averaged, as many as the time allows; an integer >= 1. */
  readonly views: number;
  /** Epochs after which a final training gains nothing more, > 0; only with rungs in epochs. Absent: it uses all the time it is given. */
  readonly maxEpochs?: number;
}

export interface SearchSpace {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  readonly scheduler: SchedulerSettings;
  readonly fidelity: FidelitySettings;
  readonly budget: BudgetSettings;
  readonly final: FinalSettings;
}
