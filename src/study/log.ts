import { InputError, messageOf } from '../errors.js';
import type { StudyEvent } from '../state/events.js';
import { emptyState, fold } from '../state/fold.js';
import { IllegalEventError } from '../state/illegal-event.js';
import type { StudyState } from '../state/types.js';
import type { Journal } from './journal.js';

export type StudyListener = (event: StudyEvent, state: StudyState) => void;

/** The journal, its fold, and who wants to know: the only way to change a study's state is to record an event. */
export class StudyLog {
  private current: StudyState;
  private readonly listeners = new Set<StudyListener>();
  private journalProblem: string | null = null;
  private noting = false;
  private makeRoom: () => void = () => undefined;

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
    this.noteJournal(events.at(-1)?.at ?? this.current.at);
  }

  /** What frees space where the journal cannot be written: then it is tried again at once. */
  whenJournalFails(makeRoom: () => void): void {
    this.makeRoom = makeRoom;
    this.retryJournal(this.current.at);
  }

  /** Frees space and tries again to write what the journal could not take; nothing where it has taken everything. */
  retryJournal(at: number): void {
    if (this.journalProblem === null) return;
    this.makeRoom();
    this.journal.retry();
    this.noteJournal(at);
  }

  /** Says once when the journal cannot be written, and once when it is whole again. */
  private noteJournal(at: number): void {
    const { problem } = this.journal;
    if (this.noting || (problem === null) === (this.journalProblem === null)) return;
    this.journalProblem = problem;
    // Whatever frees space says so on the way.
    const now = () => Math.max(at, this.current.at);
    // What is recorded meanwhile goes to the same journal.
    this.noting = true;
    try {
      if (problem === null) {
        this.record({
          type: 'told',
          at: now(),
          message: 'the journal is whole again: everything that happened stands in it',
        });
        return;
      }
      const message = `the journal cannot be written (${problem}): what happens is kept in memory; a kill would lose it`;
      this.record({ type: 'told', at: now(), message });
    } finally {
      this.noting = false;
    }
    this.retryJournal(at);
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

/**
 * The state that a journal's events add up to.
 * @param path names the journal in errors.
 * @throws InputError with the line of an event that cannot follow those before it.
 */
export function replay(events: readonly StudyEvent[], path = 'journal'): StudyState {
  let state = emptyState;
  for (const [index, event] of events.entries()) {
    try {
      state = fold(state, event);
    } catch (error) {
      if (!(error instanceof IllegalEventError)) throw error;
      const { expected, got } = error;
      throw new InputError(`${path}:${index + 1}:1`, expected, got, 'an earlier copy of the journal', { cause: error });
    }
  }
  return state;
}
