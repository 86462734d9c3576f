import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { readBest } from '../../src/report/read-best.js';
import type { StudyEvent } from '../../src/state/events.js';
import { rankTrials } from '../../src/state/ranking.js';
import type { StudyState } from '../../src/state/types.js';
import { readJournal } from '../../src/study/journal.js';
import { replay } from '../../src/study/log.js';
import { checkSubmission } from '../../src/submission/submission.js';
import { descendants, hyperbudget, processes, start, startWith, workplace, write } from './program.js';

const timeout = 180_000;
const budgetSeconds = 32;
const budget = ['--data', 'data', '--space', 'space.yaml', '--budget', `${budgetSeconds}s`, '--out', 'study'];

const eventsOf = (folder: string, study = 'study') => readJournal(join(folder, study, 'journal.jsonl')).events;
const stateOf = (folder: string, study = 'study'): StudyState => replay(eventsOf(folder, study));

const ids = Array.from({ length: 40 }, (_, image) => `test${image}`);
const full = { rows: 40, missing: 0, unknown: 0, duplicates: 0 };

/** A row for each test image, and at most a second after the deadline. */
function expectFullAndInTime(folder: string, within = budgetSeconds, study = 'study'): void {
  const state = stateOf(folder, study);
  expect(state).toMatchObject({
    phase: 'finished',
    finished: { exitCode: 0 },
    submission: { source: 'final', rows: 40 },
  });
  expect(state.finished?.at).toBeLessThanOrEqual(within + 1);
  expect(checkSubmission(join(folder, 'submission.csv'), ids)).toEqual(full);
  expect(readFileSync(join(folder, study, 'submission.csv'))).toEqual(readFileSync(join(folder, 'submission.csv')));
}

/** The study as if its program had died after the events before the first that matches, long ago. */
function cutBack(folder: string, from: string, to: string, before: (event: StudyEvent) => boolean): void {
  const events = eventsOf(folder, from);
  const kept = events.slice(0, events.findIndex(before));
  expect(kept.length).toBeGreaterThan(1);
  const old = kept.map((event) =>
    event.type === 'study-created' ? { ...event, startedAtEpochSeconds: 1e9, monotonicStart: undefined } : event,
  );
  write(folder, { [`${to}/journal.jsonl`]: old.map((event) => `${JSON.stringify(event)}\n`).join('') });
}

describe.concurrent('the whole program', () => {
  it(
    'searches, trains and submits within one budget, and its files serve the other commands',
    async () => {
      const folder = await workplace();
      const run = await hyperbudget(folder, 'run', ...budget, '--json', '--seed', '3');
      expect(run.code, run.stderr).toBe(0);
      expectFullAndInTime(folder);
      const state = stateOf(folder);
      expect(state.trials.length).toBeGreaterThan(3);
      expect(run.stdout).toBe(readFileSync(join(folder, 'study/journal.jsonl'), 'utf8'));
      expect(run.stderr).toMatch(/finished \(exit code 0\)/);
      const checkpoints = readdirSync(join(folder, 'study'), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.checkpoint'))
        .sort();
      const kept = rankTrials(state).slice(0, 3);
      expect(checkpoints).toEqual(
        ['final/model.checkpoint', ...kept.map(({ trial }) => `trials/${trial}/model.checkpoint`)].sort(),
      );
      expect(readBest(join(folder, 'study/best.json')).configurations[0]?.trial).toBe(state.searchEnd?.winner);

      const score = await hyperbudget(folder, 'score', 'submission.csv', 'labels.csv');
      expect(Number(/top-1 (\S+)\n$/.exec(score.stdout)?.[1])).toBeGreaterThan(0.5);

      const json = await hyperbudget(folder, 'export', 'study', '--top', '2');
      write(folder, { 'exported.json': json.stdout });
      expect(readBest(join(folder, 'exported.json')).configurations).toHaveLength(2);
      const csv = await hyperbudget(folder, 'export', 'study', '--format', 'csv', '-o', 'best.csv');
      expect(csv).toEqual({ code: 0, stdout: '', stderr: '' });
      expect(readFileSync(join(folder, 'best.csv'), 'utf8').split('\n')[0]).toMatch(/rank.*network\.width/);

      const again = await hyperbudget(folder, 'resume', 'study');
      expect(again).toMatchObject({ code: 2, stdout: '' });
      expect(again.stderr).toMatch(/^hyperbudget: .*expected a study that has not finished.*\n$/);

      // Taken up after the deadline: what the journal says is ready is put in place, whatever stands there.
      write(folder, { 'submission.csv': 'lost\n' });
      const predictions = readFileSync(join(folder, 'study/final/predictions.csv'), 'utf8');
      write(folder, { 'late/final/predictions.csv': predictions });
      cutBack(folder, 'study', 'late', (event) => event.type === 'submission-written' && event.source === 'final');
      expect(await hyperbudget(folder, 'resume', 'late')).toMatchObject({ code: 0 });
      expect(readFileSync(join(folder, 'submission.csv'), 'utf8')).toBe(predictions);

      // The same without the predictions: the newest submission of the study's folder is what stands.
      const fallback = readFileSync(join(folder, 'study/submission.csv'), 'utf8');
      write(folder, { 'submission.csv': 'lost\n', 'later/submission.csv': fallback });
      cutBack(folder, 'study', 'later', (event) => event.type === 'submission-written' && event.source === 'final');
      const later = await hyperbudget(folder, 'resume', 'later');
      expect(later.code, later.stderr).toBe(4);
      expect(readFileSync(join(folder, 'submission.csv'), 'utf8')).toBe(fallback);
      expect(later.stderr).toMatch(/predictions\.csv/);
    },
    timeout,
  );

  it(
    'killed in the search and interrupted in the final run goes on to a full submission in time',
    async () => {
      const folder = await workplace();
      // Three starts, each of which looks for its engine, want more room than one on a busy machine.
      const roomySeconds = 45;
      const killed = start(folder, 'run', ...budget, '--budget', `${roomySeconds}s`);
      await killed.said(/rung 1 finished/);
      const children = descendants(killed.child.pid);
      expect(children.length).toBeGreaterThan(1);
      killed.child.kill('SIGKILL');
      await killed.ended;
      const survivors = () => processes().filter(({ pid }) => children.includes(pid));
      await vi.waitFor(() => expect(survivors()).toEqual([]), { interval: 50, timeout: 10_000 });
      const before = stateOf(folder);
      expect(before.finished).toBeNull();
      expect(checkSubmission(join(folder, 'submission.csv'), ids)).toEqual(full);

      const interrupted = start(folder, 'resume', 'study');
      await interrupted.said(/final run with/);
      interrupted.child.kill('SIGINT');
      const { code, stderr } = await interrupted.ended;
      expect(code, stderr).toBe(3);
      expect(stderr).toMatch(/\ngo on with: node .+bin\/hyperbudget\.js resume study\n$/);
      expect(stateOf(folder).phase).toBe('interrupted');

      rmSync(join(folder, 'submission.csv'));
      const resumed = await hyperbudget(folder, 'resume', 'study');
      expect(resumed.code, resumed.stderr).toBe(0);
      expectFullAndInTime(folder, roomySeconds);
      const { trials } = stateOf(folder);
      for (const { trial, configuration } of before.trials) expect(trials[trial]?.configuration).toEqual(configuration);
    },
    timeout,
  );

  it(
    'searches without test images, and trains the best configuration of that search later',
    async () => {
      const folder = await workplace();
      mkdirSync(join(folder, 'no-test'));
      for (const name of ['train', 'val', 'train.csv', 'val.csv']) {
        execFileSync('cp', ['-r', join(folder, 'data', name), join(folder, 'no-test', name)]);
      }
      const words = ['--data', 'no-test', '--space', 'space.yaml', '--budget', '18s', '--out', 'search'];
      const search = await hyperbudget(folder, 'search', ...words);
      expect(search.code, search.stderr).toBe(0);
      expect(stateOf(folder, 'search')).toMatchObject({ final: { status: 'waiting' }, submission: null });
      expect(existsSync(join(folder, 'submission.csv'))).toBe(false);
      const [best] = readBest(join(folder, 'search/best.json')).configurations;

      const final = await hyperbudget(
        folder,
        ...['final', '--config', 'search/best.json', '--data', 'data', '--budget', '24s', '--out', 'final'],
      );
      expect(final.code, final.stderr).toBe(0);
      expectFullAndInTime(folder, 24, 'final');
      expect(stateOf(folder, 'final').trials).toMatchObject([{ origin: 'given', configuration: best?.configuration }]);
    },
    timeout,
  );

  it(
    'gives up after a few tries, and says so, when no engine runs',
    async () => {
      const folder = await workplace();
      const environment = { HYPERBUDGET_ENGINE: 'native-cpu', HYPERBUDGET_ENGINES: join(folder, 'no-engines') };
      const { code, stderr } = await startWith(environment, folder, 'run', ...budget, '--budget', '1h').ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/^hyperbudget: engine probe: .*expected native-cpu to run here, got not installed; try/m);
      expect(stateOf(folder)).toMatchObject({ phase: 'interrupted', finished: null });
      expect(checkSubmission(join(folder, 'submission.csv'), ids)).toEqual(full);
    },
    timeout,
  );
});
