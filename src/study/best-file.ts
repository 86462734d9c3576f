import { join } from 'node:path';
import { messageOf } from '../errors.js';
import { bestFromState, writeBest } from '../report/best.js';
import type { StudyEvent } from '../state/events.js';
import type { StudyState } from '../state/types.js';
import { studyPaths } from './paths.js';

/** Configurations in a study's best.json. */
const bestConfigurations = 10;

/** Keeps a study's best.json up to date. */
export class BestFile {
  private failed = false;

  /** @param tell hears once that the file could not be written. */
  constructor(
    private readonly directory: string,
    private readonly tell: (message: string) => void,
  ) {}

  /** Writes the file where an event may have changed it. */
  after({ type }: StudyEvent, state: StudyState): void {
    if (type !== 'rung-finished' && type !== 'search-ended' && type !== 'study-finished') return;
    const best = bestFromState(state, bestConfigurations);
    if (best.configurations.length === 0) return;
    try {
      writeBest(join(this.directory, studyPaths.best), best);
    } catch (error) {
      // The journal holds all of it: `hyperbudget export` writes the file once the disk takes it.
      if (!this.failed) this.tell(`best.json could not be written: ${messageOf(error)}`);
      this.failed = true;
    }
  }
}
