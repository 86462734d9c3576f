import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { enginesDirectory, findLibraries } from '../native/library.js';
import { gigabytes } from './check.js';
import { downloadsDirectory } from './location.js';
import { folderBytes, nativeDevices, readEngineFolder } from './registry.js';

/** The engines of the folder of engines and those that npm has installed, a line each, for people. */
export function listEngines(env: NodeJS.ProcessEnv): readonly string[] {
  const engines = resolve(enginesDirectory(env));
  const lines = nativeDevices.map((device) => {
    const folder = readEngineFolder(engines, device);
    if (folder === null) return `${device}        not installed`;
    if ('damage' in folder) return `${device}        ${folder.directory} is of no use: ${folder.damage}`;
    const { tensorflow, package: origin, bytes } = folder.manifest;
    return `${device}        TensorFlow ${tensorflow} (${origin}), ${gigabytes(bytes)}, ${folder.directory}`;
  });
  // In a folder that is not there nothing is installed: what is found comes from npm.
  const elsewhere = { ...env, HYPERBUDGET_ENGINES: join(engines, '.none') };
  const addons = new Set(findLibraries('cpu', elsewhere).map(({ addon }) => addon));
  for (const addon of addons) lines.push(`npm        ${describeAddon(addon)}`);
  const downloads = downloadsDirectory(engines);
  if (existsSync(downloads))
    lines.push(`downloads  ${gigabytes(folderBytes(downloads))} of an unfinished installation`);
  return lines;
}

/** TensorFlow's version stands in the name of its library, which npm's packages keep in `deps/lib`. */
function describeAddon(addon: string): string {
  const libraries = join(dirname(addon), '..', '..', 'deps', 'lib');
  const names = existsSync(libraries) ? readdirSync(libraries).join('\n') : '';
  const version = /^libtensorflow\.so\.(\d+\.\d+\.\d+)$/m.exec(names)?.[1];
  return version === undefined ? addon : `TensorFlow ${version}, ${addon}`;
}
