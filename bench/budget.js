// Runs the main job on the example data, compares its end with the deadline and prints what its ledger says about the promises.
// `npm run bench -- budget [DURATION] [RUNS]`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const columns = [
  ['run', 3],
  ['wall s', 7],
  ['used %', 6],
  ['over s', 6],
  ['ledger s', 8],
  ['search steps %', 14],
  ['final steps %', 13],
  ['unused s', 8],
  ['exit', 4],
  ['top-1', 6],
];

const line = (cells) => cells.map((cell, index) => cell.padStart(columns[index][1])).join('  ');
const percent = (share) => (share === null ? '-' : (100 * share).toFixed(1));

export async function main([budget = '2m30s', runs = '1']) {
  const bin = resolve('bin/hyperbudget.js');
  const data = resolve('data/fashion-mnist');
  const program = (parameters, cwd = process.cwd()) =>
    spawnSync(process.execPath, [bin, ...parameters], { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 });
  spawnSync(process.execPath, [bin, 'example', 'fashion-mnist', data], { stdio: 'inherit' });
  console.log(line(columns.map(([name]) => name)));
  for (let run = 0; run < Number(runs); run++) {
    const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-bench-'));
    const study = join(folder, 'study');
    const started = performance.now();
    const parameters = ['run', '--data', data, '--space', resolve('search-spaces/quickstart.yaml'), '--budget', budget];
    const { status, stderr } = program([...parameters, '--out', study, '--seed', String(run), '--json'], folder);
    const wall = (performance.now() - started) / 1000;
    const exported = program(['export', study, '--format', 'ledger-json']);
    if (exported.status !== 0) throw new Error(`the run left no ledger:\n${stderr}${exported.stderr}`);
    const { budgetSeconds, elapsedSeconds, totalSeconds, entries, figures } = JSON.parse(exported.stdout);
    const unused = entries.find(({ account }) => account === 'reserve').seconds;
    const score = program(['score', join(folder, 'submission.csv'), `${data}-test-labels.csv`]);
    console.log(
      line([
        String(run),
        wall.toFixed(1),
        ((100 * wall) / budgetSeconds).toFixed(1),
        (wall - budgetSeconds).toFixed(1),
        // How far the accounts are from the budget, or from the time that was used where that is longer.
        (totalSeconds - Math.max(budgetSeconds, elapsedSeconds)).toFixed(3),
        percent(figures.searchStepShare),
        percent(figures.finalStepShare),
        unused.toFixed(1),
        String(status),
        /top-1 (\S+)/.exec(score.stdout)?.[1] ?? '-',
      ]),
    );
    if (Number(runs) === 1) console.log(`\n${program(['export', study, '--format', 'ledger']).stdout}`);
    rmSync(folder, { recursive: true, force: true });
  }
}
