import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { messageOf } from '../../errors.js';
import { type GraphicsCard, NvidiaSmiError, readCards } from '../gpu/nvidia-smi.js';
import { processorFlags } from '../processor.js';
import { runProgram } from './run-program.js';

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

/** What to look for on a machine. */
export interface MachineQuestion {
  /** Whether to look for a card. */
  readonly card: boolean;
  /** Whether to look for the clients of registries: pip and npm. */
  readonly clients: boolean;
  readonly signal?: AbortSignal;
}

/** A program and what it is called with to do its work. */
type Offer = readonly [program: readonly string[], command: readonly string[]];

const itself = (command: readonly string[]): Offer => [command, command];

/** uv would fetch pip from the network to answer for it. */
const pips: readonly Offer[] = [
  itself(['python3', '-m', 'pip']),
  itself(['python', '-m', 'pip']),
  [['uv'], ['uv', 'tool', 'run', 'pip']],
];

/**
 * Looks at this machine; asks no network.
 * @param directory where the files go; need not exist yet.
 * @returns without what was not looked for.
 * @throws the signal's reason when it is aborted.
 */
export async function readMachine(
  env: NodeJS.ProcessEnv,
  directory: string,
  { card: wantsCard, clients, signal }: MachineQuestion,
): Promise<Machine> {
  const first = async (offers: readonly Offer[]) => {
    for (const [program, command] of offers) {
      if (await answers([...program, '--version'], env, signal)) return command;
    }
    return null;
  };
  const chosen = env['CXX']?.split(/\s+/).filter(Boolean) ?? [];
  const compilers = chosen.length > 0 ? [chosen] : [['g++'], ['clang++'], ['c++']];
  const [compiler, pip, npm, tar, strip, card] = await Promise.all([
    first(compilers.map(itself)),
    clients ? first(pips) : null,
    clients ? first([itself(['npm'])]) : null,
    first([itself(['tar'])]),
    first([itself(['strip'])]),
    wantsCard ? readCard(env) : null,
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

async function answers(command: readonly string[], env: NodeJS.ProcessEnv, signal?: AbortSignal): Promise<boolean> {
  try {
    await runProgram(command, { env, ...(signal && { signal }) });
    return true;
  } catch {
    signal?.throwIfAborted();
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
  const flags = processorFlags();
  return flags.size === 0 || flags.has('avx');
}

async function readCard(env: NodeJS.ProcessEnv): Promise<GraphicsCard | null> {
  try {
    return (await readCards(env))[0] ?? null;
  } catch (error) {
    if (!(error instanceof NvidiaSmiError)) throw error;
    // No driver that answers: there is no card that could be used.
    return null;
  }
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
