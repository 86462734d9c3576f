import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runProgram } from './run-program.js';

export interface CompileOptions {
  readonly compiler: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** Folder with the headers of Node-API. */
function nodeHeaders(): string {
  const manifest = createRequire(import.meta.url).resolve('node-api-headers/package.json');
  return join(dirname(manifest), 'include');
}

/**
 * Arguments of the compiler for tfjs-node's addon. Version 8 of Node-API is that of every supported Node, so one file serves them all; the
 * libraries are found beside it wherever the folder is moved.
 * @param source folder with the `.cc` files.
 * @param headers folder with TensorFlow's headers.
 * @param libraries paths relative to `directory`, where the addon is written.
 */
export function compilerArguments(
  source: string,
  headers: string,
  directory: string,
  libraries: readonly string[],
  addon: string,
): readonly string[] {
  const folders = [...new Set(libraries.map((library) => dirname(library)))];
  return [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w'],
    ...['-DNAPI_VERSION=8', '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
    ...[source, dirname(source), headers, nodeHeaders()].map((folder) => `-I${folder}`),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(source, file)),
    ...libraries.map((library) => join(directory, library)),
    ...folders.map((folder) => `-Wl,-rpath,$ORIGIN/${folder}`),
    ...['-o', join(directory, addon)],
  ];
}

/** Compiles the addon. @throws ProgramError with the compiler's last lines. */
export async function compileAddon(
  parameters: readonly string[],
  { compiler, env, signal }: CompileOptions,
): Promise<void> {
  await runProgram([...compiler, ...parameters], { env, ...(signal && { signal }) });
}
