import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyState, fold } from '../../src/state/fold.js';
import { studyPaths } from '../../src/study/paths.js';
import { uselessCheckpoints } from '../../src/study/retention.js';
import { Tidying } from '../../src/study/tidy.js';
import { wholeStudy } from '../report/example-study.js';
import { simulate } from './simulated.js';
import { temporaryFolder } from './tiny-study.js';

function write(folder: string, path: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), 'checkpoint');
}

describe('tidying', () => {
  it('deletes what an event has made useless, and nothing else', async () => {
    const { play, events } = simulate({ budgetSeconds: 200 });
    await play();
    const folder = temporaryFolder();
    const tidying = new Tidying(folder, () => undefined);
    let state = emptyState;
    for (const event of events) {
      const trials = state.trials.map(({ trial }) => trial);
      const paths = trials.flatMap((trial) => [studyPaths.trialTrunk(trial), studyPaths.trialModel(trial)]);
      const before = uselessCheckpoints(state, 'usual');
      for (const path of paths) if (!before.includes(path)) write(folder, path);
      state = fold(state, event);
      tidying.after(event, state);
      const useless = uselessCheckpoints(state, 'usual');
      expect(paths.filter((path) => existsSync(join(folder, path)))).toEqual(
        paths.filter((path) => !useless.includes(path)),
      );
    }
    expect(state.trials.length).toBeGreaterThan(5);
  });

  it('deletes what processes that were killed have left half written, not what living ones write', () => {
    const folder = temporaryFolder();
    const tidying = new Tidying(folder, () => undefined);
    // No process has this number: the largest that Linux gives out is 2^22.
    const dead = ['.submission.csv.99999999.tmp', 'final/.final.checkpoint.99999999.tmp'];
    const alive = [`trials/0/.trunk.checkpoint.${process.pid}.tmp`, 'final/x.99999999.tmp'];
    for (const path of [...dead, ...alive]) write(folder, path);
    expect(tidying.free(emptyState, 'usual')).toEqual({ files: 2, bytes: 20 });
    expect([...dead, ...alive].filter((path) => existsSync(join(folder, path)))).toEqual(alive);
  });

  it('says how much it has freed, and only once what it could not delete', () => {
    const folder = temporaryFolder();
    const told: string[] = [];
    const tidying = new Tidying(folder, (message) => told.push(message));
    const state = wholeStudy.reduce(fold, emptyState);
    const [first = '', second = '', third = ''] = uselessCheckpoints(state, 'usual');
    write(folder, first);
    expect(tidying.free(state, 'usual')).toEqual({ files: 1, bytes: 10 });
    for (const path of [second, third]) mkdirSync(join(folder, path), { recursive: true });
    expect(tidying.free(state, 'usual')).toEqual({ files: 0, bytes: 0 });
    expect(told).toEqual([
      expect.stringMatching(/^a checkpoint that is of no more use could not be deleted: .*directory/),
    ]);
  });
});
