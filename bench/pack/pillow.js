// A Python with Pillow: one that is given, or one made in the user's cache.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const requirement = 'Pillow==13.0.0';
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hyperbudget');
const succeeds = (command, ...args) => spawnSync(command, args, { stdio: 'ignore', timeout: 300e3 }).status === 0;
const hasPillow = (python) => succeeds(python, '-c', 'import PIL.Image');

/** @returns the interpreter, or null and why there is none. */
export function findPillow(venv, mayInstall) {
  const folder = venv ?? join(cache, 'bench', 'pillow');
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (hasPillow(python)) return { python, reason: null };
  if (!mayInstall || venv !== undefined) return { python: null, reason: `no Pillow in ${folder}` };
  mkdirSync(dirname(folder), { recursive: true });
  const hasUv = succeeds('uv', '--version');
  if (!existsSync(python)) {
    const base = ['python3', 'python'].find((name) => succeeds(name, '--version'));
    const isMade = hasUv ? succeeds('uv', 'venv', folder) : base !== undefined && succeeds(base, '-m', 'venv', folder);
    if (!isMade) return { python: null, reason: `no Python environment could be made at ${folder}` };
  }
  const isInstalled = hasUv
    ? succeeds('uv', 'pip', 'install', '--python', python, requirement)
    : succeeds(python, '-m', 'pip', 'install', '--no-cache-dir', requirement);
  return isInstalled ? { python, reason: null } : { python: null, reason: `${requirement} could not be installed` };
}
