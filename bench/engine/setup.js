// What the other variants need: a Python environment, and the JavaScript of tfjs-node beside the installed engine's library.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { findLibraries } from '../../dist/engine/native/library.js';

const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hyperbudget');
const tfjsVersion = '4.22.0';
const installMinutes = 30;
/** The wheels unpacked, and the same again while they are fetched. */
const pythonFreeBytes = 14e9;

const requirements = readFileSync(new URL('requirements.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n');

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', timeout: installMinutes * 60e3, ...options });
  if (error !== undefined) throw new Error(`${command}: ${error.message}`);
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}

const has = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

const installedIn = (python, distribution) =>
  spawnSync(python, ['-c', `from importlib.metadata import version; version('${distribution}')`]).status === 0;

function makeEnvironment(folder) {
  const { bavail, bsize } = statfsSync(dirname(folder));
  if (bavail * bsize < pythonFreeBytes) {
    throw new Error(`${folder}: needs ${pythonFreeBytes / 1e9} GB free, found ${(bavail * bsize) / 1e9} GB`);
  }
  const base = ['python3', 'python'].find(has);
  if (has('uv')) run('uv', ['venv', folder]);
  else if (base === undefined) throw new Error('no Python and no uv found on the PATH');
  else run(base, ['-m', 'venv', folder]);
}

/**
 * A Python with TensorFlow and PyTorch; an environment that exists is taken as it is and completed.
 * @returns the interpreter, and what is missing with the reason, by name of the need.
 */
function setUpPython(folder, mayInstall, needs) {
  const missing = new Map();
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const wanted = Object.entries({ tensorflow: 'tensorflow-cpu', torch: 'torch' }).filter(([need]) => needs.has(need));
  try {
    if (!existsSync(python)) {
      if (!mayInstall) throw new Error(`no Python environment at ${folder}`);
      mkdirSync(dirname(folder), { recursive: true });
      console.log(`making a Python environment at ${folder}: up to 3 GB to fetch, 8 GB on disk`);
      makeEnvironment(folder);
    }
  } catch (error) {
    for (const [need] of wanted) missing.set(need, error.message);
    return { python, missing };
  }
  for (const [need, distribution] of wanted) {
    if (installedIn(python, distribution)) continue;
    try {
      if (!mayInstall) throw new Error(`${distribution} is not installed in ${folder}`);
      const pins = requirements.filter((line) => line.startsWith(`${distribution}==`) || line.startsWith('numpy=='));
      if (has('uv')) run('uv', ['pip', 'install', '--python', python, ...pins]);
      else run(python, ['-m', 'pip', 'install', '--no-cache-dir', ...pins]);
    } catch (error) {
      missing.set(need, `${distribution}: ${error.message}`);
    }
  }
  return { python, missing };
}

/** A folder with the JavaScript of tfjs-node, tied to the engine's addon. */
function setUpTfjs(mayInstall) {
  const addon = findLibraries('cpu', process.env).find((library) => existsSync(library.addon))?.addon;
  if (addon === undefined)
    throw new Error('no native engine is installed; `hyperbudget engine install cpu` brings one');
  const folder = join(cache, 'bench', 'tfjs-node');
  const library = join(folder, 'node_modules/@tensorflow/tfjs-node');
  if (!existsSync(join(library, 'dist/index.js'))) {
    if (!mayInstall) throw new Error(`tfjs-node's JavaScript is not in ${folder}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    const names = ['tfjs', 'tfjs-node'].map((name) => `@tensorflow/${name}@${tfjsVersion}`);
    console.log(`fetching tfjs-node's JavaScript into ${folder}: about 300 MB on disk`);
    run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...names], {
      cwd: folder,
    });
  }
  const place = join(library, 'lib/napi-v8/tfjs_binding.node');
  mkdirSync(dirname(place), { recursive: true });
  rmSync(place, { force: true });
  symlinkSync(addon, place);
  return folder;
}

/**
 * Gets ready what can be got ready.
 * @param options.venv folder of the Python environment; default: one in the user's cache.
 * @param needs names of what the chosen variants need.
 * @returns `python`, `tfjsFolder`, and `missing`: reasons by name of the need.
 */
export function setUp({ venv = join(cache, 'bench', 'venv'), mayInstall }, needs) {
  const missing = new Map();
  let [python, tfjsFolder] = [null, null];
  if (needs.has('tensorflow') || needs.has('torch')) {
    const environment = setUpPython(venv, mayInstall, needs);
    python = environment.python;
    for (const [need, reason] of environment.missing) missing.set(need, reason);
  }
  if (needs.has('tfjs')) {
    try {
      tfjsFolder = setUpTfjs(mayInstall);
    } catch (error) {
      missing.set('tfjs', error.message);
    }
  }
  return { python, tfjsFolder, missing };
}
