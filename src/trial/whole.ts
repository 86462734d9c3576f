import { existsSync, linkSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { copyFileAtomic } from '../atomic-file.js';
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
 * Makes the newest checkpoint the one before it, too. It stays in its own place until the next one is whole: whatever fails when, and whatever
 * is deleted to make room, one of the two stands.
 */
export function keepAsPrevious({ newest, previous }: Pick<ReturnType<typeof finalFiles>, 'newest' | 'previous'>): void {
  // What is no file cannot be written over either, and the write says so.
  if (!statSync(newest, { throwIfNoEntry: false })?.isFile()) return;
  rmSync(previous, { force: true });
  try {
    linkSync(newest, previous);
  } catch {
    copyWhereThereIsRoom(newest, previous);
  }
}

/** For file systems without hard links. */
function copyWhereThereIsRoom(from: string, to: string): void {
  try {
    copyFileAtomic(from, to);
  } catch {
    // The newest stands, and a disk that does not take its copy does not take what is written next: that is told.
  }
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
