import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Checkpoint } from '../training/checkpoint.js';
import type { Recipe } from '../training/recipe.js';
import { rungSegments, type Segment } from '../training/schedule.js';
import type { RungAssignment } from './protocol.js';
import { firstWhole } from './whole.js';

/** Checkpoints of a trial: where its trunk goes on, how far its cooldown or whole schedule is, and what was judged. */
export function rungFiles(directory: string) {
  return {
    trunk: join(directory, 'trunk.checkpoint'),
    rung: join(directory, 'rung.checkpoint'),
    model: join(directory, 'model.checkpoint'),
  } as const;
}

/** A stretch that a rung has still to train. */
export interface Stretch {
  readonly segment: Segment;
  /** How much of the segment has been trained before, in the rung's unit. */
  readonly begunAt: number;
}

export interface RungStart {
  /** Null for fresh weights. */
  readonly checkpoint: Checkpoint | null;
  readonly stretches: readonly Stretch[];
}

/**
 * Where a rung begins, or goes on after an interruption: the furthest of its checkpoints that is whole. Without its trunk a trial goes on from the
 * model that was judged in the rung below, else from fresh weights.
 * @param tell hears of what is damaged, or missing where it should be there.
 */
export function rungStart(assignment: RungAssignment, recipe: Recipe, tell: (message: string) => void): RungStart {
  const { anneal, cooldown, from, to, directory } = assignment;
  const files = rungFiles(directory);
  const isOwn = (checkpoint: Checkpoint) => isDeepStrictEqual(checkpoint.recipe, recipe);
  const inside = firstWhole([files.rung], (one) => isOwn(one) && one.within?.to === to, tell)?.checkpoint;
  if (inside?.within) {
    const last = rungSegments(assignment, recipe, (1 - cooldown) * to).at(-1);
    if (last) return { checkpoint: inside, stretches: [{ segment: last, begunAt: inside.within.done }] };
  }
  const from0 = (checkpoint: Checkpoint | null): RungStart => {
    const segments = rungSegments(assignment, recipe, checkpoint?.position.resource ?? 0);
    return { checkpoint, stretches: segments.map((segment) => ({ segment, begunAt: 0 })) };
  };
  if (anneal === 'restart') return from0(null);
  const branchesAt = (1 - cooldown) * to;
  const isTrunk = ({ position }: Checkpoint) => position.resource <= branchesAt * (1 + 1e-9);
  const trunk = firstWhole([files.trunk], (one) => isOwn(one) && isTrunk(one), tell);
  if (trunk) return from0(trunk.checkpoint);
  if ((1 - cooldown) * from === 0) return from0(null);
  const model = firstWhole([files.model], isOwn, tell)?.checkpoint;
  if (!model) {
    tell('the trial has lost its checkpoints: it is trained anew');
    return from0(null);
  }
  tell('the trial has lost its trunk: it goes on from the model of the rung below');
  // That model has left the trunk where the rung below did.
  const resource = Math.min((1 - cooldown) * model.position.resource, branchesAt);
  return from0({ ...model, position: { ...model.position, resource } });
}
