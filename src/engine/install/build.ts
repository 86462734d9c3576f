import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../folder.js';
import { compileAddon, compilerArguments } from './compile.js';
import type { WorkListener } from './listener.js';
import { type EngineRecipe, headersPrefix, tensorflowLibraries } from './packages.js';
import { type EngineManifest, folderBytes, manifestName } from './registry.js';
import { runProgram } from './run-program.js';
import { unpack } from './unpack.js';

export interface BuildTools {
  readonly compiler: readonly string[];
  readonly tar: readonly string[];
  /** Null: libraries keep their debugging symbols. */
  readonly strip: readonly string[] | null;
  readonly env: NodeJS.ProcessEnv;
}

export interface BuildOptions extends BuildTools {
  readonly listener: WorkListener;
  readonly signal?: AbortSignal;
}

const addon = 'tfjs_binding.node';

/** Headers that the addon's sources include, directly or through others, below `headersPrefix`. */
const neededHeaders = [
  'tensorflow/c/',
  'tensorflow/core/platform/ctstring',
  'tsl/platform/ctstring',
  'tsl/c/',
  'xla/tsl/c/',
];

/**
 * Builds an engine out of its archives.
 * @param archives folder with all of them, whole.
 * @param directory the engine's folder, made anew; libraries, addon and `engine.json` in the end.
 * @throws Error when an archive is damaged; ProgramError with the compiler's last lines.
 */
export async function buildEngine(
  recipe: EngineRecipe,
  archives: string,
  directory: string,
  options: BuildOptions,
): Promise<EngineManifest> {
  rmSync(directory, { recursive: true, force: true });
  makeFolder(directory);
  const scratch = join(directory, 'build');
  await unpackWheels(recipe, archives, directory, scratch, options);
  await stripLibraries(directory, options);
  await compile(join(archives, recipe.sources.file), directory, scratch, options);
  rmSync(scratch, { recursive: true });
  const manifest: EngineManifest = {
    version: 1,
    device: recipe.device,
    tensorflow: recipe.tensorflow,
    package: recipe.package,
    addon,
    bytes: folderBytes(directory),
  };
  writeFileSync(join(directory, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

async function unpackWheels(
  { wheels }: EngineRecipe,
  archives: string,
  directory: string,
  scratch: string,
  { listener, signal }: BuildOptions,
): Promise<void> {
  const total = wheels.reduce((sum, { unpackedBytes }) => sum + unpackedBytes, 0);
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    listener.progress('unpacking', Math.min(done, total - 1), total);
  };
  const header = (entry: string) => {
    const path = entry.startsWith(headersPrefix) ? entry.slice(headersPrefix.length) : '';
    return path.endsWith('.h') && neededHeaders.some((prefix) => path.startsWith(prefix)) ? path : null;
  };
  for (const { file, members } of wheels) {
    const select = (entry: string) => members.get(entry) ?? null;
    const taken = await unpack(join(archives, file), directory, select, { onBytes, ...(signal && { signal }) });
    const absent = [...members.keys()].filter((member) => !taken.has(member));
    if (absent.length > 0) throw new Error(`${file}: expected ${absent.join(', ')} in it`);
  }
  await unpack(join(archives, wheels[0].file), join(scratch, 'include'), header, {
    onBytes: () => undefined,
    ...(signal && { signal }),
  });
  listener.progress('unpacking', total, total);
}

/** TensorFlow's libraries only: a fifth to a third of them are symbols that nothing reads. */
async function stripLibraries(directory: string, { strip, env, listener, signal }: BuildOptions): Promise<void> {
  if (strip === null) {
    listener.step('no program strip: the libraries keep their symbols and stay larger');
    return;
  }
  listener.step('stripping symbols');
  const libraries = tensorflowLibraries.map((library) => join(directory, library));
  await runProgram([...strip, '--strip-unneeded', ...libraries], { env, ...(signal && { signal }) });
}

async function compile(
  sources: string,
  directory: string,
  scratch: string,
  { tar, compiler, env, listener, signal }: BuildOptions,
): Promise<void> {
  const running = { env, ...(signal && { signal }) };
  await runProgram([...tar, '-xzf', sources, '-C', scratch, 'package/binding'], running);
  listener.step(`compiling the addon with ${compiler.join(' ')}`);
  const source = join(scratch, 'package', 'binding');
  const headers = join(scratch, 'include');
  await compileAddon(compilerArguments(source, headers, directory, tensorflowLibraries, addon), {
    compiler,
    ...running,
  });
}
