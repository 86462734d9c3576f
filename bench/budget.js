// Runs the main job on the example data and compares its end with the deadline. `npm run bench -- budget [DURATION] [RUNS]`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export async function main([budget = '2m30s', runs = '1']) {
  const bin = resolve('bin/hyperbudget.js');
  const data = resolve('data/fashion-mnist');
  spawnSync(process.execPath, [bin, 'example', 'fashion-mnist', data], { stdio: 'inherit' });
  console.log('run  wall s  used %  over s  exit  top-1');
  for (let run = 0; run < Number(runs); run++) {
    const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-bench-'));
    const started = performance.now();
    const parameters = ['run', '--data', data, '--space', resolve('search-spaces/quickstart.yaml'), '--budget', budget];
    const { status, stdout } = spawnSync(
      process.execPath,
      [bin, ...parameters, '--out', join(folder, 'study'), '--seed', String(run), '--json'],
      {
        cwd: folder,
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      },
    );
    const wall = (performance.now() - started) / 1000;
    const created = JSON.parse(stdout.slice(0, stdout.indexOf('\n')));
    const score = spawnSync(
      process.execPath,
      [bin, 'score', join(folder, 'submission.csv'), `${data}-test-labels.csv`],
      { encoding: 'utf8' },
    );
    const top1 = /top-1 (\S+)/.exec(score.stdout)?.[1] ?? '-';
    const seconds = created.budgetSeconds;
    const row = [
      String(run),
      wall.toFixed(1),
      ((100 * wall) / seconds).toFixed(1),
      (wall - seconds).toFixed(1),
      String(status),
      top1,
    ];
    console.log(row.map((cell, index) => cell.padStart([3, 6, 6, 6, 4, 6][index])).join('  '));
    rmSync(folder, { recursive: true, force: true });
  }
}
