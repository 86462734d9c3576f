import { type ChildProcess, type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import seedrandom from 'seedrandom';
import sharp from 'sharp';
import { afterAll } from 'vitest';

const bin = fileURLToPath(new URL('../../bin/hyperbudget.js', import.meta.url));

const running = new Set<ChildProcess>();
const folders: string[] = [];
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-cli-'));
  folders.push(folder);
  return folder;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves once standard error matches; rejects when the program ends before. */
  said(pattern: RegExp): Promise<void>;
}

const environmentIn = (folder: string): NodeJS.ProcessEnv => ({
  ...process.env,
  XDG_CACHE_HOME: join(folder, 'cache'),
  HYPERBUDGET_ENGINE: 'wasm',
});

/** The real program, compiled, in a folder of its own: its cache is there too, and its engine is wasm. */
export const start = (folder: string, ...words: readonly string[]): Program => startWith({}, folder, ...words);

/** `start` with further environment variables. */
export function startWith(environment: NodeJS.ProcessEnv, folder: string, ...words: readonly string[]): Program {
  const env = { ...environmentIn(folder), ...environment };
  return watched(spawn(process.execPath, [bin, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env }));
}

function watched(child: ChildProcessByStdio<null, Readable, Readable>): Program {
  running.add(child);
  let stdout = '';
  let stderr = '';
  let isOver = false;
  const waiting = new Set<() => void>();
  const look = () => {
    for (const check of waiting) check();
  };
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
    look();
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code) => {
      running.delete(child);
      isOver = true;
      look();
      resolve({ code, stdout, stderr });
    }),
  );
  const said = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const check = () => {
        if (pattern.test(stderr)) resolve();
        else if (isOver) reject(new Error(`ended without saying ${pattern}:\n${stderr}`));
        else return;
        waiting.delete(check);
      };
      waiting.add(check);
      check();
    });
  return { child, ended, said };
}

/** A line of the shell in which `hyperbudget` is the real program. */
export function shell(folder: string, line: string): Promise<Ended> {
  const words = `hyperbudget() { '${process.execPath}' '${bin}' "$@"; }; ${line}`;
  return watched(
    spawn('sh', ['-c', words], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: environmentIn(folder) }),
  ).ended;
}

export const hyperbudget = (folder: string, ...words: readonly string[]): Promise<Ended> =>
  start(folder, ...words).ended;

/** Writes text files, given by path within `folder`; makes the folders on the way. */
export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** Layout of the competition with files that are no images: enough for what is refused before packing. */
export function writeHollowData(folder: string): void {
  const names = (split: string) => ['a', 'b'].map((name) => `${split}-${name}`);
  const table = (split: string) => `image_id,class\n${split}-a,red\n${split}-b,green\n`;
  const images = ['train', 'val', 'test'].flatMap((split) =>
    names(split).map((name) => [`data/${split}/${name}.png`, '']),
  );
  write(folder, { ...Object.fromEntries(images), 'data/train.csv': table('train'), 'data/val.csv': table('val') });
}

const side = 16;
const colours = { red: [200, 60, 60], green: [60, 200, 60], blue: [60, 60, 200], grey: [120, 120, 120] } as const;
export const classes = Object.keys(colours);

/** Noisy squares of four colours, 16 px, in the competition's layout; the true labels of the test images stand in `labels.csv`. */
export async function writeColouredSquares(folder: string): Promise<void> {
  const random = seedrandom.alea('squares');
  for (const [split, count] of [
    ['train', 200],
    ['val', 40],
    ['test', 40],
  ] as const) {
    mkdirSync(join(folder, 'data', split), { recursive: true });
    const rows = ['image_id,class'];
    for (let image = 0; image < count; image++) {
      const [name, colour] = Object.entries(colours)[image % classes.length] ?? ['red', colours.red];
      const pixels = Uint8Array.from(
        { length: side * side * 3 },
        (_, place) => (colour[place % 3] ?? 0) + 55 * random(),
      );
      const raw = { width: side, height: side, channels: 3 } as const;
      await sharp(pixels, { raw })
        .png()
        .toFile(join(folder, 'data', split, `${split}${image}.png`));
      rows.push(`${split}${image},${name}`);
    }
    write(folder, { [split === 'test' ? 'labels.csv' : `data/${split}.csv`]: `${rows.join('\n')}\n` });
  }
}

/** A space of small networks whose search fits into seconds. */
export const tinySpace = `name: tiny
parameters:
  resolution: 16
  network.width: {type: int, low: 4, high: 8, default: 8}
  network.stages: 2
  optimizer.batchSize: 16
  optimizer.learningRate: {type: float, low: 0.05, high: 0.5, log: true, default: 0.2}
scheduler: {kind: hyperband, sampler: prior, eta: 3, min: 1}
budget: {searchShare: 0.6}
`;

/** A folder with coloured squares in data/ and the tiny space in space.yaml. */
export async function workplace(): Promise<string> {
  const folder = temporaryFolder();
  await writeColouredSquares(folder);
  write(folder, { 'space.yaml': tinySpace });
  return folder;
}

/** The processes that live, with their parents; a process that has ended but was not fetched yet does not count. */
export function processes(): readonly { readonly pid: number; readonly parent: number }[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , stat]) => !stat?.startsWith('Z'))
    .map(([pid, parent]) => ({ pid: Number(pid), parent: Number(parent) }));
}

/** The processes that a process has started, and theirs. */
export function descendants(pid: number | undefined): readonly number[] {
  const all = processes();
  const below = (parent: number | undefined): number[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one.pid, ...below(one.pid)]);
  return below(pid);
}
