import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { watchingOthers } from '../engine/machine.js';

const mostText = 2 ** 26;

/** Processor seconds of the processes that this one has waited for, with all of theirs; 0 where the system does not say. */
export function waitedForSeconds() {
  try {
    // Fields 16 and 17, behind the name in brackets that may hold spaces; a hundredth of a second each.
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1).split(' ');
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return 0;
  }
}

/** State, parent, group, session and so on of all processes: what stands in /proc behind the name in brackets, which may hold spaces. */
function* processes() {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      yield [
        Number(name),
        readFileSync(join('/proc', name, 'stat'), 'utf8')
          .split(') ')
          .at(-1)
          .split(' '),
      ];
    } catch (error) {
      // It may have ended since its name was read.
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }
}

/**
 * Looks each second at a process and all that descend from it, and then at what they have become.
 * @returns what ends that and says how many processor seconds they had when they were last seen; 0 where the system does not say.
 */
function watchFamily(root) {
  const seconds = new Map([[root, 0]]);
  const look = () => {
    // Parents have the lower number but for the rare case that numbers begin anew: then the next look finds the child.
    for (const [process, [, parent, , , , , , , , , , user, system]] of processes())
      if (seconds.has(process) || seconds.has(Number(parent)))
        seconds.set(process, (Number(user) + Number(system)) / 100);
  };
  const timer = existsSync('/proc/self/stat') ? setInterval(look, 1000) : undefined;
  return () => {
    clearInterval(timer);
    return [...seconds.values()].reduce((sum, one) => sum + one, 0);
  };
}

function ended(command, parameters, { cwd, env, limitSeconds }) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const child = spawn(command, parameters, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const familySeconds = watchFamily(child.pid);
    const kill = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
    };
    const limit = setTimeout(kill, 1000 * limitSeconds);
    // It leads a group of its own: what ends the bench must end it, too.
    process.once('exit', kill);
    const texts = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'])
      child[name].setEncoding('utf8').on('data', (text) => {
        texts[name] = (texts[name] + text).slice(-mostText);
      });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(limit);
      process.off('exit', kill);
      const wallSeconds = (performance.now() - startedAt) / 1000;
      resolve({ status: status ?? signal, wallSeconds, seenSeconds: familySeconds(), ...texts });
    });
  });
}

/**
 * Runs a program to its end, and says how many cores were busy with something else meanwhile.
 * @param options `limitSeconds`: after these it is killed.
 */
export async function runChild(command, parameters, options) {
  const before = waitedForSeconds();
  const { result, othersCores } = await watchingOthers(
    () => ended(command, parameters, options),
    // A process that outlives its parent is waited for by nobody here, one of less than a second is seen by nobody.
    ({ seenSeconds }) => Math.max(seenSeconds, waitedForSeconds() - before),
  );
  return { ...result, othersCores };
}

/** The last commit that changed the program, with a + where it has changed since; what two versions did is never compared. */
export function programRevision() {
  const git = (...words) => spawnSync('git', words, { encoding: 'utf8' });
  const { status, stdout } = git('log', '-1', '--format=%h', '--', 'src', 'package-lock.json');
  if (status !== 0) return 'unknown';
  const { stdout: changes } = git('status', '--porcelain', '--', 'src', 'package-lock.json');
  return `${stdout.trim()}${changes.trim() === '' ? '' : '+'}`;
}
