import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { simulate } from '../study/simulated.js';
import { temporaryFolder } from '../study/tiny-study.js';

/** The fault harness itself, at work on the compiled program; `npm test` builds first. */
const faults = async (...words: readonly string[]): Promise<string> => {
  const run = promisify(execFile)(process.execPath, ['bench/run.js', 'faults', ...words], { encoding: 'utf8' });
  return await run.then(
    ({ stdout }) => stdout,
    (error: { stdout: string; stderr: string }) => `${error.stdout}\n${error.stderr}`,
  );
};

it('simulated studies keep every rule whatever is injected, and each fault is injected', async () => {
  const told = await faults('simulate', '--studies', '60', '--seed', '3', '--parallel', '1');
  expect(told).toMatch(/^60 studies in /m);
  expect(told).toMatch(/^ {2}broken +0$/m);
  expect(told).toMatch(/^ {2}overshoots +0$/m);
  const kinds = [
    /kill -9 within a line/,
    /kill -9 between a line/,
    /kill -9 at a random instant/,
    /the disk is full/,
    /placing a submission fails/,
    /the process is stopped/,
    /a signal/,
    /: hang until killed/,
    /: out of memory/,
    /: result of other work/,
    /: divergence/,
    /: crash later/,
    /rung: /,
    /final: /,
    /prediction: /,
  ];
  for (const kind of kinds) expect(told).toMatch(kind);
}, 120_000);

it('one study is played again with its journal told, for whoever looks into a broken rule', async () => {
  const told = await faults('simulate', '--study', '12', '--seed', '3');
  expect(told).toMatch(/"type":"study-created"/);
  expect(told).toMatch(/^every rule held$/m);
  expect(await faults('simulate', '--study', '12', '--seed', '3')).toBe(told);
});

it('every byte prefix of a journal resumes to a legal state, and what was whole is kept', async () => {
  const { play, events } = simulate({ budgetSeconds: 60 });
  await play();
  const packed = events.findIndex(({ type }) => type === 'data-packed');
  const prior = { source: 'class-prior', trial: null, rung: null, rows: 100, path: '/submission.csv' } as const;
  events.splice(packed, 0, { type: 'submission-written', at: 0, ...prior });
  const journal = join(temporaryFolder(), 'journal.jsonl');
  const lines = events.map((event) => `${JSON.stringify(event)}\n`);
  writeFileSync(journal, lines.join(''));
  const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
  expect(await faults('journal', journal)).toBe(
    `${bytes + 1} byte prefixes of ${events.length} lines read; ${6 * (events.length - 1)} studies resumed and played to their end
every prefix resumes to a legal state, and what was whole is kept
`,
  );
}, 120_000);
