import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { WrittenFile } from '../report/summary.js';
import type { StudyState } from '../state/types.js';
import { studyPaths } from '../study/paths.js';

/** The files of a study that a user wants to know of, as they stand on disk; paths relative to the working directory where that is shorter. */
export function writtenFiles(directory: string, state: StudyState): readonly WrittenFile[] {
  const { submission, final } = state;
  const model = final.status === 'finished' ? final.result.model : null;
  const files: readonly (WrittenFile | null)[] = [
    submission && {
      path: submission.path,
      description: `${submission.rows} rows, from ${sourceOf(submission)}`,
    },
    model === null ? null : { path: join(directory, model), description: 'the final model' },
    { path: join(directory, studyPaths.best), description: 'the best configurations' },
    { path: join(directory, studyPaths.journal), description: 'everything that happened' },
    { path: join(directory, studyPaths.logs), description: 'logs of the trial processes' },
  ];
  return files
    .filter((file): file is WrittenFile => file !== null && existsSync(file.path))
    .map(({ path, description }) => ({ path: shorter(path), description }));
}

function sourceOf({ source, trial }: NonNullable<StudyState['submission']>): string {
  switch (source) {
    case 'class-prior':
      return 'the most frequent class alone';
    case 'trial':
      return `trial ${trial} of the search`;
    case 'final-checkpoint':
      return "the final run's last checkpoint";
    case 'final':
      return 'the final model';
  }
}

/** A path relative to the working directory where that is shorter. */
export function shorter(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}
