import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.js';
import { type Checkpoint, readCheckpoint } from '../training/checkpoint.js';

/** Checkpoints of a final training: the newest, the one before it, and the model at its end. */
export function finalFiles(directory: string) {
  return {
    newest: join(directory, 'final.checkpoint'),
    previous: join(directory, 'final.previous.checkpoint'),
    model: join(directory, 'model.checkpoint'),
  } as const;
}

/**
 * The first of these checkpoints that is whole and of use; null where there is none. A torn or damaged one is told and passed over: the next save
 * replaces it.
 * @param isOfUse may tell, too, why it is not.
 */
export function firstWhole(
  paths: readonly string[],
  isOfUse: (checkpoint: Checkpoint, path: string) => boolean,
  tell: (message: string) => void,
): { readonly checkpoint: Checkpoint; readonly path: string } | null {
  for (const path of paths) {
    if (!existsSync(path)) continue;
    try {
      const checkpoint = readCheckpoint(path);
      if (isOfUse(checkpoint, path)) return { checkpoint, path };
    } catch (error) {
      tell(`${messageOf(error)}; it is left out`);
    }
  }
  return null;
}
