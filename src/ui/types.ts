import type { StudyState } from '../state/types.js';
import type { Pace } from './model/pace.js';

/** What a terminal sees of a running study, and the one thing that it may ask of it. */
export interface StudyView {
  /** The newest state; the same object until an event changes it. */
  state(): StudyState;
  /** Seconds since the study's start, running on between events. */
  nowSeconds(): number;
  /** How far packing the images is; null while nothing is packed. */
  packing(): Pace | null;
  /**
   * Calls `listener` after every event.
   * @returns a function that ends the subscription.
   */
  subscribe(listener: () => void): () => void;
  /** First call: stop after saving; a second call: at once. */
  interrupt(): void;
}
