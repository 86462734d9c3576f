import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hyperbudget, startWith, temporaryFolder, tinySpace, write, writeHollowData } from './program.js';

/** Everything of a folder that a refused command must leave as it was. */
const contents = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();

/** Runs a command that is to be refused: one line of a fixed form, code 2, nothing on stdout, nothing written. Returns the line. */
async function refusal(folder: string, ...words: readonly string[]): Promise<string> {
  const before = contents(folder);
  const { code, stdout, stderr } = await hyperbudget(folder, ...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^hyperbudget: [^\n]+: expected [^\n]+, got [^\n]+; try [^\n]+\n$/);
  expect(contents(folder)).toEqual(before);
  return stderr;
}

/** A folder with a data set and a space that could be run. */
function workplace(space = tinySpace): string {
  const folder = temporaryFolder();
  writeHollowData(folder);
  write(folder, { 'space.yaml': space });
  return folder;
}

/** The journal of a study that ended well. */
function finishedJournal(folder: string, startedAtEpochSeconds: number): string {
  const created = {
    type: 'study-created',
    at: 0,
    version: 1,
    name: 'old',
    mode: 'run',
    seed: 0,
    budgetSeconds: 60,
    startedAtEpochSeconds,
    dataDirectory: join(folder, 'data'),
    submissionPath: join(folder, 'submission.csv'),
    versions: {},
  };
  const finished = { type: 'study-finished', at: 59, exitCode: 0, reason: 'all is well' };
  return [created, finished].map((line) => `${JSON.stringify(line)}\n`).join('');
}

const run = (...more: readonly string[]) => [
  'run',
  '--data',
  'data',
  '--space',
  'space.yaml',
  '--out',
  'study',
  ...more,
];

describe('a data set', () => {
  it('that is not there is refused', async () => {
    expect(await refusal(workplace(), 'run', '--data', 'dta', '--out', 'study')).toMatch(
      /--data: .* got dta, which is not there/,
    );
  });

  it('without rows in train.csv is refused', async () => {
    const folder = workplace();
    write(folder, { 'data/train.csv': '' });
    expect(await refusal(folder, ...run())).toMatch(/train\.csv/);
    write(folder, { 'data/train.csv': 'image_id,class\n' });
    expect(await refusal(folder, ...run())).toMatch(/train\.csv: .* got no images/);
  });

  it('whose val.csv has a class that train.csv lacks is refused with file and line', async () => {
    const folder = workplace();
    write(folder, { 'data/val.csv': 'image_id,class\nval-a,red\nval-b,gren\n' });
    expect(await refusal(folder, ...run())).toMatch(/val\.csv:3: expected a class .*, got "gren"; try "green"/);
  });

  it('without test images is refused by run and names the command that needs none', async () => {
    const folder = workplace();
    rmSync(join(folder, 'data/test'), { recursive: true });
    expect(await refusal(folder, ...run())).toMatch(/test: .* try the command search/);
  });
});

describe('a search space', () => {
  it('that is not there is refused', async () => {
    const line = await refusal(workplace(), 'plan', '--space', 'no.yaml');
    expect(line).toMatch(/--space: .* got no\.yaml, which is not there/);
    const [, example = ''] = /; try (.*)\n/.exec(line) ?? [];
    expect({ example, exists: existsSync(example) }).toMatchObject({
      example: expect.stringMatching(/^\//),
      exists: true,
    });
  });

  it('that is a folder is refused', async () => {
    expect(await refusal(workplace(), 'plan', '--space', 'data')).toMatch(/--space: .* got data, which is no file/);
  });

  it('with an unknown parameter is refused with line, column and the nearest name', async () => {
    const line = await refusal(workplace(tinySpace.replace('network.width', 'network.widht')), ...run());
    expect(line).toMatch(/space\.yaml:4:3 .* got network\.widht; try network\.width\n/);
  });

  it('with several mistakes is refused with a line for each', async () => {
    const folder = workplace('name: a\nparameters:\n  network.width: {type: int, low: 9, high: 8}\nextra: 1\n');
    const { code, stderr } = await hyperbudget(folder, ...run());
    expect(code).toBe(2);
    expect(stderr.split('\n').map((line) => /^hyperbudget: space\.yaml:(\d+:\d+) /.exec(line)?.[1])).toEqual([
      '3:35',
      '4:1',
      undefined,
    ]);
  });

  it('with a range upside down is refused with line and column', async () => {
    const line = await refusal(workplace(tinySpace.replace('low: 4, high: 8', 'low: 8, high: 4')), ...run());
    expect(line).toMatch(/space\.yaml:4:\d+ .*low: expected a number of at most high \(4\), got 8/);
  });

  it('whose rungs cannot be planned without a measurement is refused by plan', async () => {
    const folder = workplace(tinySpace.replace('min: 1', 'min: 1, unit: epochs'));
    expect(await refusal(folder, 'plan', '--space', 'space.yaml')).toMatch(/rungs in seconds, got rungs in epochs/);
  });
});

describe('a budget', () => {
  it.each(['soon', '-5m', '0', '5m3h', '2000d'])('of %s is refused', async (budget) => {
    expect(await refusal(workplace(), ...run(`--budget=${budget}`))).toMatch(/--budget: expected a duration/);
  });

  it('too short for the space is refused with the shortest that works, which plan and run accept', async () => {
    const folder = workplace();
    const line = await refusal(folder, ...run('--budget', '5s'));
    const [, shortest = ''] =
      /expected at least (\S+) for this search space, got 5s; try --budget \1,/.exec(line) ?? [];
    const { code, stdout } = await hyperbudget(
      folder,
      'plan',
      '--space',
      'space.yaml',
      '--budget',
      shortest,
      '--data',
      'data',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +1 +1 +[2-9]/m);
    // The same budget gets past that check: what is refused now is the folder.
    write(folder, { file: '' });
    const next = await refusal(folder, ...run('--budget', shortest, '--out', 'file/study'));
    expect(next).toMatch(/--out/);
  });

  it('of which most was used up before the start is not refused: with too little left for a search the default is trained', async () => {
    const folder = workplace();
    write(folder, { file: '' });
    const began = String(Date.now() / 1000 - 3000);
    const line = await refusal(folder, ...run('--budget', '51m', '--started-at', began, '--out', 'file/study'));
    expect(line).toMatch(/--out/);
  });
});

describe('an engine option', () => {
  it.each(['lots', '0GB', '-1GB'])('--gpu-memory %s is refused', async (size) => {
    expect(await refusal(workplace(), ...run(`--gpu-memory=${size}`))).toMatch(
      /--gpu-memory: expected a size in memory/,
    );
  });

  it('--precision is refused unless it is one of those there are', async () => {
    expect(await refusal(workplace(), ...run('--precision', 'f64'))).toMatch(
      /--precision .*: expected auto, f32, bf16, f16, got f64/,
    );
  });

  it('HYPERBUDGET_THREADS is refused unless it is a number of threads', async () => {
    const { ended } = startWith({ HYPERBUDGET_THREADS: 'all' }, workplace(), ...run());
    expect((await ended).stderr).toMatch(/^hyperbudget: HYPERBUDGET_THREADS: expected a whole number/);
  });
});

describe('an output folder', () => {
  it('that cannot be made is refused', async () => {
    const folder = workplace();
    write(folder, { file: '' });
    expect(await refusal(folder, ...run('--out', 'file/study'))).toMatch(
      /--out: expected a folder that can be written/,
    );
  });

  it('that holds a study is refused and the study is left alone', async () => {
    const folder = workplace();
    write(folder, { 'study/journal.jsonl': 'precious\n' });
    expect(await refusal(folder, ...run())).toMatch(/--out: expected a folder without a study, .*hyperbudget resume/);
  });

  it.skipIf(!existsSync('/proc/self'))('that the system makes for nobody is refused at once', async () => {
    expect(await refusal(workplace(), ...run('--out', '/proc/hyperbudget'))).toMatch(
      /--out: expected a folder that can be written, got \/proc\/hyperbudget \(ENOENT/,
    );
  });

  it('of a study that began at the same instant and has finished is refused, and does not lend its exit code', async () => {
    const folder = workplace();
    const now = Math.floor(Date.now() / 1000);
    write(folder, { 'study/journal.jsonl': finishedJournal(folder, now) });
    expect(await refusal(folder, ...run('--started-at', String(now)))).toMatch(
      /--out: expected a folder without a study/,
    );
  });

  it('is not made when the submission cannot be written', async () => {
    const folder = workplace();
    mkdirSync(join(folder, 'submission.csv'));
    expect(await refusal(folder, ...run())).toMatch(/submission\.csv: expected a file/);
  });
});

describe('a seed', () => {
  it.each(['x', '1.5', ''])('of "%s" is refused', async (seed) => {
    expect(await refusal(workplace(), ...run('--seed', seed))).toMatch(/--seed: expected a whole number/);
  });
});

describe('resume', () => {
  it('of a folder without a study is refused', async () => {
    expect(await refusal(workplace(), 'resume', 'data')).toMatch(
      /journal\.jsonl: .* got no such file; try .*results\/NAME/,
    );
  });

  it('of a study that finished is refused', async () => {
    const folder = temporaryFolder();
    write(folder, { 'study/journal.jsonl': finishedJournal(folder, 1) });
    expect(await refusal(folder, 'resume', 'study')).toMatch(/expected a study that has not finished, .*all is well/);
  });
});

describe('final', () => {
  const best = {
    version: 1,
    study: 'old',
    createdAt: '2026-01-01T00:00:00Z',
    budgetSeconds: 60,
    seed: 0,
    space: null,
    data: null,
    engine: null,
    versions: {},
    configurations: [],
  };
  const final = ['final', '--config', 'best.json', '--data', 'data', '--budget', '1m', '--out', 'study'];

  it.each([
    ['is no JSON', '{"version": 1,', /best\.json:1:\d+: expected JSON/],
    [
      'is of an unknown version',
      JSON.stringify({ ...best, version: 2 }),
      /best\.json:1:\d+: expected version 1, got version 2/,
    ],
    [
      'lacks configurations',
      JSON.stringify({ ...best, configurations: undefined }),
      /best\.json:1:\d+ configurations: expected a list, got nothing/,
    ],
    ['has no configuration', JSON.stringify(best), /best\.json: expected at least one configuration/],
  ])('of a best.json that %s is refused', async (_, text, message) => {
    const folder = workplace();
    write(folder, { 'best.json': text });
    expect(await refusal(folder, ...final)).toMatch(message);
  });

  it('of a best.json that is not there is refused, headless as it always is or by name', async () => {
    expect(await refusal(workplace(), ...final, '--headless')).toMatch(/best\.json: expected a best\.json/);
  });
});

describe('what else is handed over', () => {
  it('must be a known example', async () => {
    expect(await refusal(workplace(), 'example', 'mnist', 'there')).toMatch(
      /example: expected fashion-mnist, got mnist/,
    );
  });

  it('must be a submission for the same images as the labels', async () => {
    const folder = temporaryFolder();
    write(folder, {
      'submission.csv': 'image_id,label\na,red\nz,red\n',
      'labels.csv': 'image_id,class\na,red\nb,red\n',
    });
    expect(await refusal(folder, 'score', 'submission.csv', 'labels.csv')).toMatch(/submission\.csv:3: .* got z/);
  });

  it('must be a study to export, and a number of configurations', async () => {
    const folder = workplace();
    expect(await refusal(folder, 'export', 'data')).toMatch(/got no such file/);
    expect(await refusal(folder, 'export', 'data', '--top', '0')).toMatch(/--top: expected a whole number/);
  });

  it('must be a place where an export can be written, which is named as it was given', async () => {
    const folder = workplace();
    write(folder, { 'study/journal.jsonl': finishedJournal(folder, 1) });
    const message = await refusal(folder, 'export', 'study', '-o', 'nowhere/best.json');
    expect(message).toMatch(/^hyperbudget: nowhere\/best\.json: expected a path that can be written, got ENOENT/);
    expect(message).not.toContain('.tmp');
  });

  it('must be files that are there, which are named', async () => {
    const folder = workplace();
    expect(await refusal(folder, 'score', 'a', 'b')).toMatch(
      /^hyperbudget: b: expected a CSV file, got no such file; try the path of an existing file\n/,
    );
    expect(await refusal(folder, 'simulate', '--benchmark', 'x')).toMatch(
      /^hyperbudget: x: expected a benchmark file, got no such file; try the path of an existing file\n/,
    );
  });

  it('must be a data folder that is there, which is named as the argument that it is', async () => {
    expect(await refusal(workplace(), 'pack', 'dta')).toMatch(
      /^hyperbudget: pack <dir>: .* got dta, which is not there/,
    );
  });

  it('must be sides that images can have', async () => {
    expect(await refusal(workplace(), 'pack', 'data', '--resolution', '64,4')).toMatch(/--resolution: .* got 64,4/);
  });
});

it('a score is told with four digits, in any order of rows', async () => {
  const folder = temporaryFolder();
  write(folder, { 's.csv': 'image_id,label\nb,red\na,red\nc,x\n', 'l.csv': 'image_id,class\na,red\nb,red\nc,red\n' });
  const { code, stdout } = await hyperbudget(folder, 'score', 's.csv', 'l.csv');
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'rows 3\ncorrect 2\nmissing 0\ntop-1 0.6667\n' });
  expect(existsSync(join(folder, 'cache'))).toBe(false);
});
