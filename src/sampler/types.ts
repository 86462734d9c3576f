import type { Outlook } from '../model/outlook.js';
import type { Configuration, SearchSpace } from '../space/types.js';
import type { Observation } from '../state/observation.js';

export interface ProposalContext {
  readonly space: SearchSpace;
  readonly seed: number | string;
  /** The number of the trial to propose for, from 0. */
  readonly trial: number;
  /** In the order of the trials: of every one of them, so that none is proposed again. */
  readonly observations: readonly Observation[];
  /** Resource of the rung that the trial starts at, in the scheduler's unit, > 0. */
  readonly from: number;
  /** Resource of the lowest rung of all brackets, in (0, `from`]. */
  readonly lowest: number;
  /** Resource of the highest rung of all brackets, >= `from`. */
  readonly top: number;
  /** What a model makes of all results, for the samplers that ask one; null where there are none yet. Default: there is no model. */
  readonly outlook?: () => Outlook | null;
}

export interface Proposal {
  readonly configuration: Configuration;
  /** `prior`: the defaults' neighbourhood or the incumbent's; `model`: the best candidate of a model of the results. */
  readonly origin: 'default' | 'prior' | 'random' | 'model';
}

/** Numbers in [0, 1), the stream of one trial. */
export type Random = () => number;

/** True for configurations that are not to be proposed again. */
export type IsKnown = (configuration: Configuration) => boolean;

/** Draws a proposal; called again where it was known already. */
export type Draw = () => Proposal;
