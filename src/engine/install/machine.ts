import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../../errors.js';
import { runProgram } from './run-program.js';

/** An NVIDIA card as its driver describes it. */
export interface GraphicsCard {
  readonly name: string;
  /** For example `550.54.15`. */
  readonly driver: string;
}

/** What an installation asks of a machine. Commands are program and first arguments; null where there is none. */
export interface Machine {
  readonly platform: string;
  readonly architecture: string;
  /** Version of the GNU C library; null where the C library is another one. */
  readonly glibc: string | null;
  /** Whether the processor has the AVX instructions that TensorFlow is compiled for. */
  readonly avx: boolean;
  readonly compiler: readonly string[] | null;
  readonly pip: readonly string[] | null;
  readonly npm: readonly string[] | null;
  readonly tar: readonly string[] | null;
  readonly strip: readonly string[] | null;
  readonly card: GraphicsCard | null;
  /** Free space where the files go. */
  readonly freeBytes: number;
}

type Tool = 'compiler' | 'pip' | 'npm' | 'tar';

/** A tool that a check has found. @throws Error when there is none all the same. */
export function required(machine: Machine, tool: Tool): readonly string[] {
  const command = machine[tool];
  if (command === null) throw new Error(`installation: expected ${tool} on this machine, got none`);
  return command;
}

/**
 * Looks at this machine.
 * @param directory where the files go; need not exist yet.
 */
export async function readMachine(env: NodeJS.ProcessEnv, directory: string): Promise<Machine> {
  const first = async (...commands: readonly (readonly string[])[]) => {
    for (const command of commands) {
      if (await answers([...command, '--version'], env)) return command;
    }
    return null;
  };
  const chosen = env['CXX']?.split(/\s+/).filter(Boolean) ?? [];
  const compilers = chosen.length > 0 ? [chosen] : [['g++'], ['clang++'], ['c++']];
  const [compiler, pip, npm, tar, strip, card] = await Promise.all([
    first(...compilers),
    first(['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['uv', 'tool', 'run', 'pip']),
    first(['npm']),
    first(['tar']),
    first(['strip']),
    readCard(env),
  ]);
  return {
    platform: process.platform,
    architecture: process.arch,
    glibc: glibcVersion(),
    avx: hasAvx(),
    compiler,
    pip,
    npm,
    tar,
    strip,
    card,
    freeBytes: await freeBytes(directory),
  };
}

async function answers(command: readonly string[], env: NodeJS.ProcessEnv): Promise<boolean> {
  try {
    await runProgram(command, { env });
    return true;
  } catch {
    // Not there or not working: as a tool it is missing either way.
    return false;
  }
}

function glibcVersion(): string | null {
  const report: unknown = process.report.getReport();
  if (typeof report !== 'object' || report === null || !('header' in report)) return null;
  const { header } = report;
  if (typeof header !== 'object' || header === null || !('glibcVersionRuntime' in header)) return null;
  return String(header.glibcVersionRuntime);
}

/** Where the kernel does not tell, AVX is assumed: the training step that ends an installation shows the truth. */
function hasAvx(): boolean {
  if (!existsSync('/proc/cpuinfo')) return true;
  return /^flags\s*:.*\bavx\b/m.test(readFileSync('/proc/cpuinfo', 'utf8'));
}

async function readCard(env: NodeJS.ProcessEnv): Promise<GraphicsCard | null> {
  try {
    const query = ['nvidia-smi', '--query-gpu=name,driver_version', '--format=csv,noheader'];
    return parseCard(await runProgram(query, { env }));
  } catch {
    // No driver: there is no card that could be used.
    return null;
  }
}

/** The first card of nvidia-smi's answer `name, driver`; null where there is none. */
export function parseCard(answer: string): GraphicsCard | null {
  const [name = '', driver = ''] = (answer.split('\n')[0] ?? '').split(',').map((part) => part.trim());
  return name !== '' && /^\d+(\.\d+)+$/.test(driver) ? { name, driver } : null;
}

/** Free space for files in a folder that may not exist yet. @throws Error when no folder above it can be read. */
async function freeBytes(directory: string): Promise<number> {
  let existing = resolve(directory);
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    const { bavail, bsize } = await statfs(existing);
    return bavail * bsize;
  } catch (error) {
    throw new Error(`${existing}: its free space cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
