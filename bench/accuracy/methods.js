// What is compared at equal wall clock: our program, and scripts of others that are called where they lie.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { InputError } from '../../dist/errors.js';
import { inShared } from '../shared.js';

const bin = resolve('bin/hyperbudget.js');

/** Settings of the caller's shell that would change a method. */
const foreign = /^(HYPERBUDGET_|TF_|OMP_|MKL_|KMP_|GOMP_|ONEDNN_|DNNL_|PYTHON)/;

/** Processors only, and temporary files in a folder that is taken away. */
function environment(folder, more) {
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(inherited), CUDA_VISIBLE_DEVICES: '', TMPDIR: folder, ...more };
}

/** The last event of a type in a study's journal; null without one. */
function lastEvent(study, type) {
  const journal = join(study, 'journal.jsonl');
  if (!existsSync(journal)) return null;
  const lines = readFileSync(journal, 'utf8').split('\n');
  const line = lines.findLast((text) => text.includes(`"type":"${type}"`));
  return line === undefined ? null : JSON.parse(line);
}

/** What is worth knowing of our run: what won, and what the final training made of it. */
function ourStory(folder) {
  const study = join(folder, 'study');
  const best = join(study, 'best.json');
  const [first] = existsSync(best) ? JSON.parse(readFileSync(best, 'utf8')).configurations : [];
  const { engine, precision } = lastEvent(study, 'engine-chosen') ?? {};
  const { epochs, trainSeconds } = lastEvent(study, 'final-finished') ?? {};
  const trials = first === undefined ? 0 : (lastEvent(study, 'trial-created')?.trial ?? 0) + 1;
  const searchEndedAt = lastEvent(study, 'search-ended')?.at;
  return { engine: `${engine} ${precision}`, trials, searchEndedAt, epochs, trainSeconds, best: first?.configuration };
}

const ours = {
  about: 'hyperbudget run --headless',
  /** The images are packed anew in every run: that is part of the budget, as decoding is for the others. */
  command: ({ directory, seconds, seed, folder, space }) => ({
    command: process.execPath,
    parameters: [
      ...[bin, 'run', '--headless', '--data', directory, '--budget', `${seconds}s`, '--seed', String(seed)],
      ...['--out', join(folder, 'study'), '--cache', join(folder, 'packed')],
      ...(space === undefined ? [] : ['--space', resolve(space)]),
    ],
    env: environment(folder, {
      HYPERBUDGET_PARENT: String(process.pid),
      ...(process.env.HYPERBUDGET_ENGINES ? { HYPERBUDGET_ENGINES: process.env.HYPERBUDGET_ENGINES } : {}),
    }),
  }),
  story: ({ folder }) => ourStory(folder),
};

const script = (about, file) => ({
  about,
  command: ({ directory, seconds, seed, folder, size, python }) => ({
    command: python,
    parameters: [
      ...[inShared('peers-e2e', file), '--data', directory, '--budget', String(seconds), '--size', String(size)],
      ...['--seed', String(seed), '--out', join(folder, 'submission.csv')],
    ],
    env: environment(folder, { PYTHONDONTWRITEBYTECODE: '1', TF_CPP_MIN_LOG_LEVEL: '2' }),
  }),
  story: ({ stdout }) => ({ told: stdout.trim().split('\n').slice(-3) }),
});

/** By name, in the order of the first round. */
export const methods = {
  ours,
  optuna: script('Optuna TPE and Hyperband, then a refit', 'optuna_refit.py'),
  'keras-tuner': script('Keras Tuner Hyperband, then a refit', 'kerastuner_refit.py'),
  torch: script('a fixed PyTorch recipe, no search', 'torch_fixed.py'),
};

const modules = ['numpy', 'PIL', 'tensorflow', 'keras', 'keras_tuner', 'optuna', 'torch', 'pandas'];

/** @throws InputError where the scripts or what they need are absent. */
export function requirePeers(python) {
  const requirements = inShared('peers-e2e', 'requirements.txt');
  if (!existsSync(requirements))
    throw new InputError(requirements, 'the scripts of the others', 'no such file', 'HYPERBUDGET_SHARED=DIR');
  const code = `import importlib.util as u; print(*[m for m in ${JSON.stringify(modules)} if u.find_spec(m) is None])`;
  const { status, stdout, error } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
  const missing = status === 0 ? stdout.trim() : (error?.message ?? `an interpreter that ended with ${status}`);
  if (missing === '') return;
  const install = `python3 -m venv DIR, DIR/bin/pip install -r ${requirements}, --python DIR/bin/python`;
  throw new InputError(
    `--python ${python}`,
    modules.join(', '),
    status === 0 ? `none of ${missing}` : missing,
    install,
  );
}
