import { messageOf } from '../errors.js';

/**
 * How long a process may take to say hello: a GPU's first start may compile for a minute or two, but a hang must not cost a short budget.
 * @returns seconds, between 20 and 120.
 */
export function startTimeoutSeconds(budgetSeconds = 0): number {
  return Math.min(120, Math.max(20, 0.1 * budgetSeconds));
}

/** Engines to do without, more each time a probe has failed: a driver or a library may take the whole process with it. */
export const lessAmbitious: readonly (readonly string[])[] = [
  ['native-gpu', 'webgpu'],
  ['native-gpu', 'webgpu', 'native-cpu'],
];

/**
 * Asks until there is an answer, at most once more than there are steps.
 * @param steps engines to leave out before each further attempt.
 * @param tell says what went wrong and what is tried next; whatever it throws ends the asking.
 * @throws what the last attempt throws.
 */
export async function askAgain<T>(
  ask: () => Promise<T>,
  steps: readonly (readonly string[])[],
  leaveOut: (engines: readonly string[]) => void,
  tell: (message: string) => void,
): Promise<T> {
  for (const engines of steps) {
    try {
      return await ask();
    } catch (error) {
      tell(`${messageOf(error)}; it is tried once more${engines.length > 0 ? ` without ${engines.join(', ')}` : ''}`);
      leaveOut(engines);
    }
  }
  return ask();
}
