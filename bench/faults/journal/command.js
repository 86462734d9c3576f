import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeTinyData } from '../tiny.js';
import { checkPrefixes } from './prefixes.js';

/** The journal of a tiny study of half a minute, run for this. */
async function makeJournal() {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-faults-'));
  try {
    await writeTinyData(folder);
    const words = ['run', '--data', 'data', '--space', 'space.yaml', '--budget', '30s', '--out', 'study', '--headless'];
    const env = { ...process.env, HYPERBUDGET_ENGINE: process.env.HYPERBUDGET_ENGINE || 'wasm' };
    const options = { cwd: folder, env: { ...env, XDG_CACHE_HOME: join(folder, 'cache') }, encoding: 'utf8' };
    const { status, stderr } = spawnSync(process.execPath, [resolve('bin/hyperbudget.js'), ...words], options);
    if (status !== 0) throw new Error(`the tiny study ended with ${status}:\n${stderr}`);
    return readFileSync(join(folder, 'study', 'journal.jsonl'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `faults journal`: every byte prefix of a real journal resumes to a legal state. Sets the exit code where one does not. */
export async function journalCommand([path]) {
  const content = path === undefined ? await makeJournal() : readFileSync(path);
  try {
    const { prefixes, lines, played } = await checkPrefixes(content);
    console.log(`${prefixes} byte prefixes of ${lines} lines read; ${played} studies resumed and played to their end`);
    console.log('every prefix resumes to a legal state, and what was whole is kept');
  } catch (error) {
    console.log(error.message);
    process.exitCode = 1;
  }
}
