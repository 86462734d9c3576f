import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The answers of a driver that shows one GPU and no process on it. */
export const oneGpu = '0, GPU-1a2b3c4d-0000-1111-2222-333344445555, 46080, 300, 45500, Quadro RTX 8000\n';

export interface FakeNvidiaSmi {
  /** An environment on whose PATH it comes first. */
  readonly env: NodeJS.ProcessEnv;
  /** What it answers from now on. */
  answer(gpus: string, processes: string): void;
  /** From now on it says this on standard output and exits with `code`. */
  fail(message: string, code: number): void;
}

/** A program of that name that answers what a test tells it to; gone after the test. */
export function fakeNvidiaSmi(): FakeNvidiaSmi {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-nvidia-smi-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const write = (body: string) => writeFileSync(join(bin, 'nvidia-smi'), `#!/bin/sh\n${body}`, { mode: 0o755 });
  const answer = (gpus: string, processes: string) => {
    writeFileSync(join(folder, 'gpus'), gpus);
    writeFileSync(join(folder, 'processes'), processes);
    write(
      [
        '[ "$2" = --format=csv,noheader,nounits ] || exit 2',
        'case "$1" in',
        `--query-gpu=index,uuid,memory.total,memory.used,memory.free,name) cat '${join(folder, 'gpus')}' ;;`,
        `--query-compute-apps=gpu_uuid,pid,used_memory) cat '${join(folder, 'processes')}' ;;`,
        "--query-gpu=name,driver_version) echo 'Quadro RTX 8000, 550.54.15' ;;",
        '*) exit 2 ;;',
        'esac',
        '',
      ].join('\n'),
    );
  };
  answer(oneGpu, '');
  const fail = (message: string, code: number) => write(`echo '${message}'\nexit ${code}\n`);
  return { env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` }, answer, fail };
}
