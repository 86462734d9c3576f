import type { Journal } from '../../src/study/journal.js';

/** A journal that nothing goes wrong with. */
export function memoryJournal(append: Journal['append'] = () => undefined): Journal {
  return { append, retry: () => undefined, problem: null, close: () => undefined };
}
