import { readdirSync, readFileSync } from 'node:fs';

/** Every process of a run inherits it: how they are found again, also when their parents are gone. */
export const marker = 'HYPERBUDGET_FAULTS_RUN';

function read(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    // It has ended meanwhile.
    return '';
  }
}

/** The fields of `/proc/PID/stat` after the name, which may hold anything. */
function statOf(pid) {
  const stat = read(pid, 'stat');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

const parentOf = (pid) => Number(statOf(pid)[1]);

/** `R`, `S`, `T` (stopped), `Z` (ended, and not fetched yet); empty where the process is gone. */
export const stateOf = (pid) => statOf(pid)[0];

/** The living processes of a run: a zombie has no environment left and does not count. */
export function processesOf(run) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => read(pid, 'environ').split('\0').includes(`${marker}=${run}`))
    .map((pid) => ({ pid: Number(pid), parent: parentOf(pid), words: read(pid, 'cmdline').split('\0') }));
}

const isProgram = ({ words }) => words.some((word) => word.endsWith('bin/hyperbudget.js'));
const isTrial = ({ words }) => words.some((word) => word.endsWith('trial/main.js'));

/** Who is who: `top` is what the user has started, `study` what works on the study (its child, or itself), `trials` their children. */
export function rolesOf(run) {
  const all = processesOf(run);
  const programs = all.filter(isProgram);
  const child = programs.find(({ parent }) => programs.some(({ pid }) => pid === parent));
  const top = programs.find(({ parent }) => !programs.some(({ pid }) => pid === parent));
  return {
    all: all.map(({ pid }) => pid),
    top: top?.pid ?? null,
    study: child?.pid ?? top?.pid ?? null,
    isSupervised: child !== undefined,
    trials: all.filter(isTrial).map(({ pid }) => pid),
  };
}

/** Sends a signal; false where the process has ended already. */
export function signal(pid, name) {
  try {
    process.kill(pid, name);
    return true;
  } catch (error) {
    if (error.code === 'ESRCH') return false;
    throw error;
  }
}
