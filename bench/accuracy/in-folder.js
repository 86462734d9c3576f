import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives a folder to work in, and takes it away afterwards. */
export async function inFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
