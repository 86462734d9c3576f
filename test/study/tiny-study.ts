import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { readDataset } from '../../src/data/dataset.js';
import { encodeGreyPng } from '../../src/data/example/png.js';
import type { Dataset } from '../../src/data/types.js';
import type { StudyEvent } from '../../src/state/events.js';
import { startedAt } from '../../src/study/clock.js';
import type { StudyMachine, StudyRequest } from '../../src/study/request.js';
import { tinySpace } from './simulated.js';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-study-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Two classes, 6 train, 2 validation and 3 test images of 8 px, in `folder`/data. */
export async function tinyDataset(folder: string): Promise<Dataset> {
  for (const [split, count] of Object.entries({ train: 6, val: 2, test: 3 })) {
    mkdirSync(join(folder, 'data', split), { recursive: true });
    const rows = ['image_id,class'];
    for (let image = 0; image < count; image++) {
      const pixels = new Uint8Array(64).fill(40 * image);
      writeFileSync(join(folder, 'data', split, `${split}${image}.png`), encodeGreyPng(pixels, 8, 8));
      rows.push(`${split}${image},${image % 3 === 0 ? 'odd' : 'even'}`);
    }
    if (split !== 'test') writeFileSync(join(folder, 'data', `${split}.csv`), `${rows.join('\n')}\n`);
  }
  return await readDataset(join(folder, 'data'), { seed: 0, needTest: true });
}

/** Trial processes that train nothing, and a cache in `folder`. */
export function fakeMachine(folder: string): StudyMachine {
  const fake = fileURLToPath(new URL('../executor/fake-trial.mjs', import.meta.url));
  return { command: [process.execPath, fake], env: process.env, threads: 1, cacheDirectory: join(folder, 'cache') };
}

/** A study without a search, so that it ends as soon as the fake training does. */
export function tinyRequest(folder: string, changes: Partial<StudyRequest> = {}): StudyRequest {
  mkdirSync(join(folder, 'work'), { recursive: true });
  return {
    mode: 'final',
    name: 'tiny',
    directory: join(folder, 'study'),
    dataDirectory: join(folder, 'data'),
    space: { source: 'tiny.yaml', space: tinySpace },
    given: { resolution: 8 },
    budgetSeconds: 60,
    start: startedAt(Date.now() / 1000),
    seed: 0,
    submissionPath: join(folder, 'work', 'submission.csv'),
    ...changes,
  };
}

/** A journal whose study began at `startedAtEpochSeconds`; its folder is made. */
export function writeJournal(folder: string, events: readonly StudyEvent[], startedAtEpochSeconds: number): string {
  const directory = join(folder, 'study');
  mkdirSync(directory, { recursive: true });
  const lines = events.map((event) => {
    if (event.type !== 'study-created') return JSON.stringify(event);
    const submissionPath = event.submissionPath && join(folder, 'work', 'submission.csv');
    const { monotonicStart: _, ...rest } = event;
    return JSON.stringify({ ...rest, startedAtEpochSeconds, submissionPath, dataDirectory: join(folder, 'data') });
  });
  writeFileSync(join(directory, 'journal.jsonl'), `${lines.join('\n')}\n`);
  mkdirSync(join(folder, 'work'), { recursive: true });
  return directory;
}
