import type { PackedState } from '../data/pack/repair.js';
import { messageOf } from '../errors.js';
import type { StudyEvent } from '../state/events.js';
import type { StudyState } from '../state/types.js';

export interface MendingOptions {
  /** Packs again what is damaged; returns the number of images. */
  readonly repair: (packed: PackedState) => Promise<number>;
  /** Keeps processes from being started until then. */
  readonly hold: (until: Promise<void>) => void;
  readonly tell: (message: string) => void;
}

/** Has packed data repaired when a trial could not read them; what failed is tried again by the study's own rules. */
export class Mending {
  private isAtWork = false;

  constructor(private readonly options: MendingOptions) {}

  after(event: StudyEvent, state: StudyState): void {
    if (!state.data || this.isAtWork || !saysDamaged(event)) return;
    this.isAtWork = true;
    this.options.hold(this.mend(state.data));
  }

  private async mend(packed: PackedState): Promise<void> {
    const { repair, tell } = this.options;
    try {
      const images = await repair(packed);
      tell(
        images > 0
          ? `the packed data were damaged: ${images} images were packed again in ${packed.directory}`
          : `the packed data in ${packed.directory} were compared with their checksums: nothing is damaged`,
      );
    } catch (error) {
      tell(`the packed data are damaged and cannot be repaired: ${messageOf(error)}`);
    } finally {
      this.isAtWork = false;
    }
  }
}

function saysDamaged(event: StudyEvent): boolean {
  switch (event.type) {
    case 'rung-failed':
    case 'final-failed':
    case 'prediction-ended':
      return event.reason === 'data';
    default:
      return false;
  }
}
