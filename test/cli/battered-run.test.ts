import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { StudyEvent } from '../../src/state/events.js';
import { readJournal } from '../../src/study/journal.js';
import { replay } from '../../src/study/log.js';
import { checkSubmission } from '../../src/submission/submission.js';
import { descendants, processes, start, workplace } from './program.js';

const budgetSeconds = 50;
const ids = Array.from({ length: 40 }, (_, image) => `test${image}`);

it('a run whose readers are gone, whose processes are killed and stopped and whose checkpoints are damaged ends in time, whole, and leaves no process', async () => {
  const folder = await workplace();
  const words = ['--data', 'data', '--space', 'space.yaml', '--budget', `${budgetSeconds}s`, '--out', 'study'];
  const program = start(folder, 'run', ...words, '--json');
  const started = performance.now();
  const journal = join(folder, 'study', 'journal.jsonl');
  const events = (): readonly StudyEvent[] => (existsSync(journal) ? readJournal(journal).events : []);
  const happened = (type: StudyEvent['type'], after = 0) =>
    vi.waitFor(
      () =>
        expect(
          events()
            .slice(after)
            .map((event) => event.type),
        ).toContain(type),
      {
        interval: 50,
        timeout: 60_000,
      },
    );
  const trials = () => descendants(descendants(program.child.pid)[0]);

  // Whoever has read what it says is gone, and so is its terminal.
  await happened('study-created');
  program.child.stdout?.destroy();
  program.child.stderr?.destroy();
  program.child.kill('SIGHUP');

  await happened('rung-started');
  const [killed] = trials();
  if (killed === undefined) throw new Error('no trial runs');
  process.kill(killed, 'SIGKILL');
  await happened('rung-failed');

  await happened('rung-finished');
  const damaged = readdirSync(join(folder, 'study', 'trials'), { recursive: true })
    .map((name) => join(folder, 'study', 'trials', String(name)))
    .filter((path) => path.endsWith('.checkpoint'));
  for (const path of damaged) {
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40);
    writeFileSync(path, bytes);
  }
  expect(damaged.length).toBeGreaterThan(0);
  const before = events().length;
  const orphans = trials();
  const [study] = descendants(program.child.pid);
  if (study === undefined) throw new Error('no study runs');
  process.kill(study, 'SIGKILL');
  await happened('study-resumed', before);
  const alive = () => processes().filter(({ pid }) => orphans.includes(pid));
  await vi.waitFor(() => expect(alive()).toEqual([]), { interval: 50, timeout: 10_000 });

  // Stopped for good, what trains the final model is taken for hanging or killed at its end; here its process group is ended with it.
  await happened('final-started', before);
  for (const pid of trials()) process.kill(pid, 'SIGSTOP');

  const children = [program.child.pid, ...descendants(program.child.pid)];
  const { code } = await program.ended;
  expect((performance.now() - started) / 1000).toBeLessThanOrEqual(budgetSeconds + 1);
  const state = replay(events());
  expect(state.finished?.exitCode).toBe(code);
  expect([0, 4]).toContain(code);
  expect(checkSubmission(join(folder, 'submission.csv'), ids)).toEqual({
    rows: 40,
    missing: 0,
    unknown: 0,
    duplicates: 0,
  });
  const left = () => processes().filter(({ pid }) => children.includes(pid));
  await vi.waitFor(() => expect(left()).toEqual([]), { interval: 50, timeout: 10_000 });
}, 180_000);
