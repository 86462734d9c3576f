import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives a folder to work in, and takes it away afterwards, also where the bench is interrupted. */
export async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
