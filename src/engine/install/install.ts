import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../errors.js';
import { lackingArchives, requireArchives } from './archives.js';
import { buildEngine } from './build.js';
import { refusal } from './check.js';
import { downloadArchives } from './download.js';
import type { WorkListener } from './listener.js';
import { buildDirectory, downloadsDirectory, retiredDirectory } from './location.js';
import { type Machine, required } from './machine.js';
import { type Archive, archivesOf, type EngineRecipe } from './packages.js';
import { readEngineFolder } from './registry.js';
import { downloadSpace, installSpace } from './space.js';

export interface InstallRequest {
  readonly recipe: EngineRecipe;
  /** Folder of the installed engines; made if absent. */
  readonly engines: string;
  /** Folder that holds all archives, so that nothing is downloaded; null: from the registries. */
  readonly from: string | null;
  /** Whether to build anew what is installed and works. */
  readonly force: boolean;
}

export interface Surroundings {
  readonly machine: Machine;
  readonly env: NodeJS.ProcessEnv;
  readonly listener: WorkListener;
  readonly signal?: AbortSignal;
}

export interface InstallSurroundings extends Surroundings {
  /**
   * Trains with the engine of the folder `engines` and says in words what it measured; null: the engine is not tried.
   * @throws Error when it does not work.
   */
  readonly verify: ((engines: string) => Promise<string>) | null;
}

export interface Installed {
  readonly directory: string;
  /** False where it was there already. */
  readonly built: boolean;
  /** Size of the engine's folder. */
  readonly bytes: number;
  /** What the trial measured; null where there was none. */
  readonly measured: string | null;
}

/**
 * Installs an engine. Its folder appears in one step, after it has been built and has trained a network. An installation that ends
 * early leaves whole archives, from which the next one goes on.
 * @throws InputError when the machine cannot have it or `from` is incomplete; Error when downloading, building or the trial fails; the signal's
 * reason when it is aborted.
 */
export async function installEngine(request: InstallRequest, surroundings: InstallSurroundings): Promise<Installed> {
  const { recipe, engines, from } = request;
  const { device } = recipe;
  const { verify, machine, listener, env, signal } = surroundings;
  const present = request.force ? null : await findInstalled(request, surroundings);
  if (present) return present;
  const archives = from ?? downloadsDirectory(engines);
  await provideArchives(request, surroundings, archives);
  const building = buildDirectory(engines);
  const directory = join(engines, device);
  try {
    rmSync(building, { recursive: true, force: true });
    const manifest = await buildEngine(recipe, archives, join(building, device), {
      compiler: required(machine, 'compiler'),
      tar: required(machine, 'tar'),
      strip: machine.strip,
      env,
      listener,
      ...(signal && { signal }),
    });
    if (verify) listener.step('training a small network with it');
    const measured = verify ? await verify(building) : null;
    signal?.throwIfAborted();
    putInPlace(join(building, device), directory, retiredDirectory(engines));
    if (from === null) removeArchives(recipe, archives);
    return { directory, built: true, bytes: manifest.bytes, measured };
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** The engine that is installed, if it is whole. @throws Error when it is, but does not work. */
async function findInstalled(
  { engines, recipe }: InstallRequest,
  { verify, listener, signal }: InstallSurroundings,
): Promise<Installed | null> {
  const folder = readEngineFolder(engines, recipe.device);
  if (folder === null) return null;
  const { directory } = folder;
  if ('damage' in folder) {
    listener.step(`${directory} is of no use (${folder.damage}) and is built anew`);
    return null;
  }
  const { bytes } = folder.manifest;
  if (verify === null) return { directory, built: false, bytes, measured: null };
  try {
    return { directory, built: false, bytes, measured: await verify(engines) };
  } catch (error) {
    signal?.throwIfAborted();
    const reason = `${directory} is installed but does not work now: ${messageOf(error)}`;
    // Its files are as they were put there: most likely building them again would not help.
    const otherwise =
      '--force builds it anew; but its files are as they were installed, so the reason may lie elsewhere';
    throw new Error(`${reason}\n${otherwise}`, { cause: error });
  }
}

/** Checks the machine, and sees to it that `archives` holds everything the engine is built from. */
async function provideArchives(
  { recipe, from, engines }: InstallRequest,
  surroundings: InstallSurroundings,
  archives: string,
): Promise<void> {
  const { machine, verify } = surroundings;
  const where = `engine install ${recipe.device}`;
  const lacking = from === null ? await lackingArchives(archivesOf(recipe), archives) : [];
  const error = refusal(machine, {
    where,
    device: recipe.device,
    download: lacking.length > 0,
    build: true,
    verify: verify !== null,
    directory: engines,
    neededBytes: installSpace(recipe, lacking),
  });
  if (error) throw error;
  if (from === null) await fetchArchives(recipe, lacking, archives, surroundings);
  else await requireArchives(archivesOf(recipe), from, where);
}

/**
 * Fills a folder with everything that an engine is built from, for an installation without network.
 * @throws InputError when the machine cannot; Error when a file cannot be had; the signal's reason when it is aborted.
 */
export async function downloadEngine(recipe: EngineRecipe, folder: string, surroundings: Surroundings): Promise<void> {
  const { device } = recipe;
  const lacking = await lackingArchives(archivesOf(recipe), folder);
  const error = refusal(surroundings.machine, {
    where: `engine download ${device}`,
    device,
    download: lacking.length > 0,
    build: false,
    verify: false,
    directory: folder,
    neededBytes: downloadSpace(lacking),
  });
  if (error) throw error;
  await fetchArchives(recipe, lacking, folder, surroundings);
}

async function fetchArchives(
  recipe: EngineRecipe,
  lacking: readonly Archive[],
  folder: string,
  { machine, env, listener, signal }: Surroundings,
): Promise<void> {
  const all = archivesOf(recipe).length;
  if (lacking.length < all) listener.step(`${all - lacking.length} of ${all} files are in ${folder} already`);
  if (lacking.length === 0) return;
  const clients = { pip: required(machine, 'pip'), npm: required(machine, 'npm'), env };
  await downloadArchives(lacking, folder, { ...clients, listener, ...(signal && { signal }) });
}

/** Archives of other engines, whose installation may go on later, stay. */
function removeArchives(recipe: EngineRecipe, folder: string): void {
  for (const { file } of archivesOf(recipe)) rmSync(join(folder, file), { force: true });
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

function putInPlace(built: string, directory: string, retired: string): void {
  rmSync(retired, { recursive: true, force: true });
  if (existsSync(directory)) renameSync(directory, retired);
  renameSync(built, directory);
  rmSync(retired, { recursive: true, force: true });
}
