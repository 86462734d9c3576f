import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { Command } from 'commander';
import { cacheUse, type Use } from '../data/pack/cache-use.js';
import { formatBytes } from '../data/pack/disk.js';
import { defaultGpuMemoryBytes } from '../engine/gpu/pool.js';
import { exitCode, messageOf } from '../errors.js';
import { probeAlone } from '../study/probe-alone.js';
import { localMachine } from '../study/request.js';
import { engineWords } from '../ui/engine-words.js';
import { versions } from '../versions.js';
import { gpuLines } from './gpu-lines.js';
import { type EngineOptions, option } from './options.js';
import { speedCandidates, speeds } from './speed.js';

export const doctorCommand = (done: (code: number) => void): Command =>
  new Command('doctor')
    .description('what this machine offers: engine and its speed, cores, memory, Node; what is missing and why')
    .addOption(option.precision())
    .addOption(option.gpuMemory())
    .action(async ({ precision, gpuMemory = defaultGpuMemoryBytes }: EngineOptions) => {
      const env = precision === undefined ? process.env : { ...process.env, HYPERBUDGET_PRECISION: precision };
      const machine = localMachine(env);
      const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
      const lines = [
        `hyperbudget  ${versions()['hyperbudget']}`,
        `Node         ${process.versions.node} on ${process.platform}-${process.arch}`,
        `cores        ${machine.threads}`,
        `memory       ${gibibytes(totalmem())}, ${gibibytes(freemem())} free${cgroupLimit()}`,
        ...(await gpuLines(env, gpuMemory)),
        `cache        ${machine.cacheDirectory}${await cacheWords(machine.cacheDirectory)}`,
      ];
      try {
        const request = { threads: 1, classes: 10, candidates: speedCandidates, secondsEach: 3 };
        const report = await probeAlone(machine, request, {
          gpuMemoryBytes: gpuMemory,
          tell: (message) => lines.push(`             ${message}`),
        });
        lines.push(`engine       ${engineWords(report.hello)}`);
        for (const { name, reason } of report.hello.unavailable) lines.push(`  not ${name}: ${reason}`);
        for (const { imagesPerSecond, network } of speeds(report)) {
          lines.push(`speed        ${imagesPerSecond.toFixed(0)} images/s on one core: ${network}`);
        }
      } catch (error) {
        lines.push(`engine       none works: ${messageOf(error)}`);
        done(exitCode.failed);
      }
      process.stdout.write(`${lines.join('\n')}\n`);
    });

async function cacheWords(directory: string): Promise<string> {
  const { usable, others } = await cacheUse(directory);
  const words = ({ folders, bytes }: Use) =>
    `${folders} ${folders === 1 ? 'folder' : 'folders'}, ${formatBytes(bytes)}`;
  const old = others.folders === 0 ? '' : `; of other versions, not read by this one: ${words(others)}`;
  return `: ${words(usable)}${old}`;
}

/** The memory limit of a container, where there is one. */
function cgroupLimit(): string {
  try {
    const text = readFileSync('/sys/fs/cgroup/memory.max', 'utf8').trim();
    return text === 'max' ? '' : `, limited to ${(Number(text) / 2 ** 30).toFixed(1)} GiB`;
  } catch {
    // No cgroups here: no limit to tell.
    return '';
  }
}
