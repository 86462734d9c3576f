import type { Program, TrainingPrograms } from '../program/types.js';
import type { ProgramName } from './engine.js';

/** All programs of a network by the names that they are run by. */
export function namedPrograms(programs: TrainingPrograms): ReadonlyMap<ProgramName, Program> {
  const named = new Map<ProgramName, Program>([
    ['accumulate', programs.accumulate],
    ['apply', programs.apply],
    ['evaluate', programs.evaluate],
  ]);
  for (const [side, other] of programs.otherSides ?? []) {
    for (const name of ['accumulate', 'evaluate', 'recalibrate'] as const) {
      const program = other[name];
      if (program !== undefined) named.set(`${name}.${side}`, program);
    }
  }
  return named;
}
