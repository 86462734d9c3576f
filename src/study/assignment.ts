import { join } from 'node:path';
import { rungFidelity } from '../space/fidelity.js';
import type { Anneal, Configuration, SearchSpace } from '../space/types.js';
import type { StudyState, TrialState } from '../state/types.js';
import { recipeSchema } from '../training/recipe.js';
import type { Assignment } from '../trial/protocol.js';
import type { Action } from './actions.js';
import { studyPaths } from './paths.js';
import { saveEverySeconds } from './save-interval.js';

type Start = Extract<Action, { type: 'start-rung' | 'start-prediction' | 'start-final' }>;

/** The side of the images that a configuration's final run uses. */
export function resolutionOf(configuration: Configuration): number {
  return recipeSchema.shape.resolution.parse(configuration['resolution']);
}

/** The message that tells a trial process what an action means. Paths in it are absolute. */
export function assignmentOf(
  action: Start,
  state: StudyState,
  space: SearchSpace,
  directory: string,
  now: number,
): Assignment {
  const { created, engine, data } = state;
  const trial = state.trials[action.trial];
  if (!created || !engine || !trial) throw new Error(`study: expected trial ${action.trial} of a created study`);
  const { configuration } = trial;
  const base = {
    sentAtSeconds: now,
    killAtSeconds: action.killAt,
    data: data?.directory ?? '',
    configuration,
  };
  switch (action.type) {
    case 'start-rung': {
      const { scheduler, fidelity } = space;
      const wanted = rungFidelity(fidelity, action.level, action.depth, resolutionOf(configuration));
      // A plan deeper or flatter than the packing expected asks for sides in between: the next larger packed one serves.
      const packed = data?.resolutions.find((side) => side >= wanted.resolution) ?? wanted.resolution;
      return {
        type: 'rung',
        ...base,
        memoryShare: action.memoryShare,
        saveEverySeconds: saveEverySeconds(created.budgetSeconds, engine.slots),
        subset: wanted.subset,
        resample: fidelity.resample,
        classes: wanted.classes,
        resolution: packed,
        seed: `${created.seed}:trial:${action.trial}`,
        // Parallel trials share the cores; each gets its part.
        threads: Math.max(1, Math.floor(engine.threads / engine.slots)),
        trial: action.trial,
        rung: action.rung,
        unit: scheduler.unit,
        from: action.from,
        to: action.resource,
        anneal: scheduler.anneal,
        cooldown: scheduler.cooldown,
        directory: join(directory, studyPaths.trial(action.trial)),
      };
    }
    case 'start-prediction':
      return {
        type: 'predict',
        ...base,
        memoryShare: action.memoryShare,
        seed: `${created.seed}:trial:${action.trial}`,
        // After the search nothing else runs, and the final run needs such a process, too.
        threads: state.searchEnd === null ? Math.max(1, Math.floor(engine.threads / engine.slots)) : engine.threads,
        checkpoint: join(directory, action.model),
        predictions: join(
          directory,
          action.rung === null ? studyPaths.finalCheckpointPredictions : studyPaths.trialPredictions(action.trial),
        ),
      };
    case 'start-final':
      return {
        type: 'final',
        ...base,
        memoryShare: action.memoryShare,
        saveEverySeconds: saveEverySeconds(created.budgetSeconds, 1),
        seed: `${created.seed}:final`,
        threads: engine.threads,
        resolution: action.resolution,
        useValidation: space.final.useValidation,
        views: space.final.views,
        endsAtSeconds: action.endsAt,
        beganAtSeconds: state.final.status === 'running' ? state.final.beganAt : now,
        learningRateFactor: action.learningRateFactor,
        rateCheck: space.final.checkLearningRate ? { expected: expectedLoss(trial, space.scheduler.anneal) } : null,
        directory: join(directory, finalDirectory(action.trial, trial.trial === state.searchEnd?.winner)),
        ...((data?.test ?? 0) > 0 && created.submissionPath !== null
          ? { predictions: join(directory, studyPaths.finalPredictions) }
          : {}),
      };
  }
}

/**
 * What a trial's training had reached in the first half of its last rung, where its rate is at the peak or near it; null where nothing was told of it.
 * Images of cooldowns before it count too, so that nothing is expected too early. Null, too, where its losses are not those of a longer training: of one that
 * is regularised more the longer it is; or its images are not known, since what was trained before an interruption is not counted.
 */
function expectedLoss(
  { configuration, rungs, startedAgain, curve }: TrialState,
  anneal: Anneal,
): { readonly images: number; readonly loss: number } | null {
  const fullEpochs = recipeSchema.shape['regularisation.fullEpochs'].parse(configuration['regularisation.fullEpochs']);
  if (fullEpochs > 0 || startedAgain) return null;
  const middle = curve.findLast(({ fraction, loss }) => fraction <= 0.5 && loss !== null);
  if (middle === undefined || middle.loss === null || middle.images === 0) return null;
  const before = anneal === 'trunk' ? rungs.slice(0, -1) : [];
  const images = before.reduce(
    (sum, rung) => sum + (rung.status === 'finished' ? rung.result.images : 0),
    middle.images,
  );
  return { images, loss: middle.loss };
}

/** The winner trains in `final/`; a stand-in after its failure must not continue the winner's checkpoint. */
function finalDirectory(trial: number, isWinner: boolean): string {
  return isWinner ? studyPaths.final : studyPaths.finalOf(trial);
}
