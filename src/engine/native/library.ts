import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

export type NativeDevice = 'cpu' | 'gpu';

/** A build of TensorFlow with tfjs-node's addon. */
export interface NativeLibrary {
  /** The device it was built for; one for GPUs also works on the CPU. */
  readonly device: NativeDevice;
  /** Path of `tfjs_binding.node`. */
  readonly addon: string;
}

/** `engine.json` in the folder of an installed engine. */
export const installedEngine = z.strictObject({
  version: z.literal(1),
  device: z.enum(['cpu', 'gpu']),
  /** Version of TensorFlow. */
  tensorflow: z.string(),
  /** The Python package that its libraries come from. */
  package: z.string(),
  /** Path of the addon relative to the folder. */
  addon: z.string(),
  /** Size of the folder. */
  bytes: z.number().nonnegative(),
});

/** Where `hyperbudget engine install` puts engines: `HYPERBUDGET_ENGINES`, else a folder in the user's cache. */
export function enginesDirectory(env: NodeJS.ProcessEnv): string {
  const named = env['HYPERBUDGET_ENGINES'];
  if (named) return named;
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hyperbudget', 'engines');
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'MODULE_NOT_FOUND';
}

/** What `read` gives, or null where what it reads is not there. */
function ifPresent<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function installed(device: NativeDevice, env: NodeJS.ProcessEnv): NativeLibrary | null {
  const directory = join(enginesDirectory(env), device);
  const text = ifPresent(() => readFileSync(join(directory, 'engine.json'), 'utf8'));
  if (text === null) return null;
  const { addon } = installedEngine.parse(JSON.parse(text));
  return { device, addon: join(directory, addon) };
}

const packages = { cpu: '@tensorflow/tfjs-node', gpu: '@tensorflow/tfjs-node-gpu' } as const;

/** An addon that npm's own install step has fetched; the package without its addon counts as absent. */
function fromNpm(device: NativeDevice): NativeLibrary | null {
  const manifest = ifPresent(() => createRequire(import.meta.url).resolve(`${packages[device]}/package.json`));
  if (manifest === null) return null;
  const folder = join(dirname(manifest), 'lib');
  const builds = ifPresent(() => readdirSync(folder).filter((name) => name.startsWith('napi-v'))) ?? [];
  // Node's addon interface only grows: every build runs, the newest knows most.
  const newest = builds.sort((a, b) => Number(b.slice(6)) - Number(a.slice(6)))[0];
  return newest === undefined ? null : { device, addon: join(folder, newest, 'tfjs_binding.node') };
}

/**
 * The builds of TensorFlow on this machine for a device, the one to prefer first: what the user had installed explicitly before what npm brought.
 * On the CPU a build for GPUs is the last resort.
 * @throws Error when an `engine.json` is not what it should be.
 */
export function findLibraries(device: NativeDevice, env: NodeJS.ProcessEnv): readonly NativeLibrary[] {
  const of = (wanted: NativeDevice) => [installed(wanted, env), fromNpm(wanted)];
  const found = device === 'gpu' ? of('gpu') : [...of('cpu'), ...of('gpu')];
  return found.filter((library) => library !== null);
}
