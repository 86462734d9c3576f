import { messageOf } from '../errors.js';
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

  /** Appends the events to the journal, then to the state, then tells the listeners; what a listener throws goes to stderr. */
  record(...events: readonly StudyEvent[]): void {
    // Folding first refuses an event that cannot follow before it stands in the journal.
    const states: StudyState[] = [];
    for (const event of events) states.push(fold(states.at(-1) ?? this.current, event));
    this.journal.append(...events);
    for (const [index, event] of events.entries()) {
      this.current = states[index] ?? this.current;
      this.tell(event, this.current);
    }
  }

  private tell(event: StudyEvent, state: StudyState): void {
    for (const listener of this.listeners) {
      try {
        listener(event, state);
      } catch (error) {
        // A viewer that fails must not take the study with it; the event stands.
        process.stderr.write(`hyperbudget: showing ${event.type} failed: ${messageOf(error)}\n`);
      }
    }
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
