import type { StudyEvent } from '../state/events.js';
import { emptyState, fold } from '../state/fold.js';
import type { StudyState } from '../state/types.js';
import type { Journal } from './journal.js';

export type StudyListener = (event: StudyEvent, state: StudyState) => void;

/** The journal, its fold, and who wants to know: the only way to change a study's state is to record an event. */
export class StudyLog {
  private current: StudyState;
  private readonly listeners = new Set<StudyListener>();

  constructor(
    private readonly journal: Journal,
    state: StudyState = emptyState,
  ) {
    this.current = state;
  }

  get state(): StudyState {
    return this.current;
  }

  /** Appends the event to the journal, then to the state, then tells the listeners. */
  record(event: StudyEvent): void {
    const next = fold(this.current, event);
    this.journal.append(event);
    this.current = next;
    for (const listener of this.listeners) listener(event, next);
  }

  subscribe(listener: StudyListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** The state that a journal's events add up to. */
export function replay(events: readonly StudyEvent[]): StudyState {
  return events.reduce(fold, emptyState);
}
