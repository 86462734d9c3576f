import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import type { Machine } from '../../../src/engine/install/machine.js';
import type { Archive, EngineRecipe, Wheel } from '../../../src/engine/install/packages.js';
import { zip } from './zip.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-install-'));
  folders.push(folder);
  return folder;
}

export const fakeTool = [process.execPath, fileURLToPath(new URL('fake-tool.mjs', import.meta.url))];

/** A machine that lacks nothing. */
export const fitMachine: Machine = {
  platform: 'linux',
  architecture: 'x64',
  glibc: '2.36',
  avx: true,
  compiler: fakeTool,
  pip: fakeTool,
  npm: fakeTool,
  tar: ['tar'],
  strip: null,
  card: null,
  freeBytes: 1e12,
};

/** Registers a file of a folder as what a registry serves. */
export function archive(registry: Archive['registry'], requirement: string, folder: string, file: string): Archive {
  const content = readFileSync(join(folder, file));
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { registry, requirement, file, bytes: content.length, sha256 };
}

export interface FakeRegistry {
  /** Has the files. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly recipe: EngineRecipe;
  /** The calls of its clients and of the compiler, one by one, first word only. */
  readonly calls: () => readonly string[];
}

const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** A registry of an engine that is a few bytes large, and its clients. */
export function fakeRegistry(): FakeRegistry {
  const folder = temporaryFolder();
  const wheelFile = 'tensorflow_cpu-9.whl';
  const members = libraries.map((name) => ({ name: `tensorflow/${name}`, content: Buffer.from(`library ${name}`) }));
  const header = { name: 'tensorflow/include/tensorflow/c/c_api.h', content: Buffer.from('// C') };
  const unwanted = { name: 'tensorflow/python/large.py', content: Buffer.from('#') };
  writeFileSync(join(folder, wheelFile), zip([...members, header, unwanted]));
  const sourcesFile = 'tensorflow-tfjs-node-9.tgz';
  const binding = join(folder, 'package', 'binding');
  mkdirSync(binding, { recursive: true });
  for (const name of ['tfjs_backend.cc', 'tfjs_binding.cc']) writeFileSync(join(binding, name), '// C++');
  spawnSync('tar', ['-czf', join(folder, sourcesFile), '-C', folder, 'package']);
  const sizes = members.map(({ content }) => content.length);
  const wheel: Wheel = {
    ...archive('pypi', 'tensorflow-cpu==9', folder, wheelFile),
    members: new Map(libraries.map((name) => [`tensorflow/${name}`, `lib/${name}`])),
    unpackedBytes: sizes.reduce((sum, size) => sum + size, 0),
    largestMemberBytes: Math.max(...sizes),
  };
  const sources = archive('npm', '@tensorflow/tfjs-node@9', folder, sourcesFile);
  const index = Object.fromEntries([wheel, sources].map(({ requirement, file }) => [requirement, file]));
  writeFileSync(join(folder, 'index.json'), JSON.stringify(index));
  writeFileSync(join(folder, 'calls.txt'), '');
  return {
    folder,
    env: { ...process.env, FAKE_REGISTRY: folder },
    recipe: { device: 'cpu', tensorflow: '9', package: 'tensorflow-cpu', wheels: [wheel], sources },
    calls: () =>
      readFileSync(join(folder, 'calls.txt'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => (line.startsWith('-') ? 'compile' : (line.split(' ')[0] ?? ''))),
  };
}

/** Notes what it hears. */
export function notingListener() {
  const steps: string[] = [];
  const progress: { readonly what: string; readonly done: number; readonly total: number }[] = [];
  return {
    steps,
    progressed: progress,
    listener: {
      step: (text: string) => {
        steps.push(text);
      },
      progress: (what: string, done: number, total: number) => {
        progress.push({ what, done, total });
      },
    },
  };
}
