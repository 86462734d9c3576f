import { InputError } from '../../errors.js';
import type { NativeDevice } from '../native/library.js';
import type { Machine } from './machine.js';

/** What one call is going to do, as far as a machine may be unfit for it. */
export interface Demand {
  /** The command, as users type it. */
  readonly where: string;
  readonly device: NativeDevice;
  /** Whether something has to come from the registries. */
  readonly download: boolean;
  /** Whether an engine is going to be built here. */
  readonly build: boolean;
  /** Whether the engine is going to be tried here. */
  readonly verify: boolean;
  readonly directory: string;
  /** Space that is needed in `directory` at most. */
  readonly neededBytes: number;
}

/** The oldest driver that runs programs of CUDA 12. */
const oldestDriver = 525;

const wasm = 'without it: the engine wasm is always there';
const systems: Readonly<Record<string, string>> = { darwin: 'macOS', win32: 'Windows', linux: 'Linux' };

/** Says why a machine cannot do what is asked; null when it can. The order is from what cannot be mended to what can. */
export function refusal(machine: Machine, demand: Demand): InputError | null {
  const { where } = demand;
  return (
    (demand.build ? unfitSystem(machine, demand) : null) ??
    (demand.build && demand.verify ? unfitProcessor(machine, demand) : null) ??
    (demand.build ? missingTool(machine, where) : null) ??
    (demand.download ? missingClient(machine, where) : null) ??
    missingSpace(machine, demand)
  );
}

function unfitSystem({ platform, architecture, glibc }: Machine, { where }: Demand): InputError | null {
  const wanted = 'Linux on x86-64, for which TensorFlow is published';
  if (platform !== 'linux' || architecture !== 'x64') {
    return new InputError(where, wanted, `${systems[platform] ?? platform} on ${architecture}`, wasm);
  }
  if (glibc !== null) return null;
  const image = 'an image with glibc (Debian, Ubuntu, Fedora), or wasm, which is always there';
  return new InputError(where, 'a Linux with the GNU C library', 'another C library (musl, as on Alpine)', image);
}

function unfitProcessor({ avx, card }: Machine, { where, device }: Demand): InputError | null {
  if (!avx) return new InputError(where, 'a processor with AVX', 'one without', wasm);
  if (device === 'cpu') return null;
  if (card === null) {
    const other = '`npx hyperbudget engine install cpu`, or --no-verify to install for a GPU that is not there yet';
    return new InputError(where, 'an NVIDIA GPU with its driver', 'no answer from nvidia-smi', other);
  }
  if (Number.parseInt(card.driver, 10) >= oldestDriver) return null;
  const driver = `an NVIDIA driver ${oldestDriver} or later`;
  return new InputError(
    where,
    driver,
    `${card.driver} (${card.name})`,
    'a newer driver, which an administrator installs',
  );
}

function missingTool({ compiler, tar }: Machine, where: string): InputError | null {
  if (compiler === null) {
    const install = '`apt install g++`, `dnf install gcc-c++`, or CXX=PATH';
    return new InputError(where, 'a C++ compiler (g++, clang++ or $CXX)', 'none that works', install);
  }
  if (tar === null) return new InputError(where, 'the program tar', 'none on the PATH', '`apt install tar`');
  return null;
}

function missingClient({ pip, npm }: Machine, where: string): InputError | null {
  const folder = '--from DIR with a folder that `npx hyperbudget engine download` filled elsewhere';
  if (pip === null) {
    const install = `\`apt install python3-pip\`, or ${folder}`;
    return new InputError(where, 'python3 with pip, or uv, to download TensorFlow', 'neither', install);
  }
  if (npm === null) return new InputError(where, 'npm on the PATH', 'none', folder);
  return null;
}

function missingSpace({ freeBytes }: Machine, { where, directory, neededBytes }: Demand): InputError | null {
  if (freeBytes >= neededBytes) return null;
  const other = 'freeing space, or a folder on another disk (HYPERBUDGET_ENGINES=DIR)';
  return new InputError(where, `${gigabytes(neededBytes)} free in ${directory}`, gigabytes(freeBytes), other);
}

/** For people: 10⁹ bytes, as disks are sold. */
export const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
