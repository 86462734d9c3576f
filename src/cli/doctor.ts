import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, freemem, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { exitCode, messageOf } from '../errors.js';
import type { ExecutorEvent } from '../executor/executor.js';
import { LocalExecutor } from '../executor/local.js';
import { systemClock } from '../study/clock.js';
import { probeEngine } from '../study/probe.js';
import { localMachine } from '../study/request.js';
import { parseRecipe } from '../training/recipe.js';
import { versions } from '../versions.js';
import { processStartedAtEpochSeconds } from './options.js';

export const doctorCommand = (done: (code: number) => void): Command =>
  new Command('doctor')
    .description('what this machine offers: engine and its speed, cores, memory, Node; what is missing and why')
    .action(async () => {
      const machine = localMachine(process.env);
      const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
      const lines = [
        `hyperbudget  ${versions()['hyperbudget']}`,
        `Node         ${process.versions.node} on ${process.platform}-${process.arch}`,
        `cores        ${availableParallelism()}`,
        `memory       ${gibibytes(totalmem())}, ${gibibytes(freemem())} free${cgroupLimit()}`,
        `cache        ${machine.cacheDirectory}`,
      ];
      const logs = mkdtempSync(join(tmpdir(), 'hyperbudget-doctor-'));
      const clock = systemClock(processStartedAtEpochSeconds());
      const listeners = new Set<(event: ExecutorEvent) => void>();
      const executor = new LocalExecutor({
        slots: 1,
        command: machine.command,
        env: machine.env,
        logs,
        clock,
        listener: (event) => {
          for (const listener of [...listeners]) listener(event);
        },
      });
      const listen = (listener: (event: ExecutorEvent) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      };
      try {
        const candidates = [
          { resolution: 28, 'network.width': 16 },
          { resolution: 64, 'network.width': 16, 'network.stem': 'medium' },
        ];
        const { hello, rates } = await probeEngine(executor, clock, listen, {
          threads: 1,
          classes: 10,
          candidates,
          secondsEach: 3,
        });
        lines.push(`engine       ${hello.engine}`);
        for (const { name, reason } of hello.unavailable) lines.push(`  not ${name}: ${reason}`);
        for (const [index, candidate] of candidates.entries()) {
          const { 'network.width': width, resolution } = parseRecipe(candidate);
          const rate = rates[index]?.trainImagesPerSecond ?? 0;
          lines.push(
            `speed        ${rate.toFixed(0)} images/s on one core: residual network of width ${width} at ${resolution} px`,
          );
        }
      } catch (error) {
        lines.push(`engine       none works: ${messageOf(error)}`);
        done(exitCode.failed);
      } finally {
        await executor.close();
        rmSync(logs, { recursive: true, force: true });
      }
      process.stdout.write(`${lines.join('\n')}\n`);
    });

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
