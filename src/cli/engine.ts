import { resolve } from 'node:path';
import { Argument, Command } from 'commander';
import { gigabytes } from '../engine/install/check.js';
import { downloadEngine, installEngine } from '../engine/install/install.js';
import { listEngines } from '../engine/install/list.js';
import { lockFile } from '../engine/install/location.js';
import { readMachine } from '../engine/install/machine.js';
import { recipes } from '../engine/install/packages.js';
import { removeEngines } from '../engine/install/remove.js';
import { enginesDirectory, type NativeDevice } from '../engine/native/library.js';
import { exitCode } from '../errors.js';
import { makeWritableFolder } from '../folder.js';
import { takeLock } from '../study/lock.js';
import { localMachine } from '../study/request.js';
import { terminalListener } from './terminal-listener.js';
import { verifyEngine } from './verify-engine.js';

interface InstallFlags {
  readonly from?: string;
  readonly force?: boolean;
  readonly verify: boolean;
}

type Done = (code: number) => void;

const device = (usage: string, description: string) => new Argument(usage, description).choices(['cpu', 'gpu']);

export const engineCommand = (done: Done): Command =>
  new Command('engine')
    .description('the native engine: TensorFlow from its Python package, without Python at run time')
    .addCommand(installCommand(done))
    .addCommand(downloadCommand(done))
    .addCommand(listCommand())
    .addCommand(removeCommand());

const installCommand = (done: Done): Command =>
  new Command('install')
    .description('download, build and try an engine; see docs/engines.md for what it takes')
    .addArgument(device('[device]', 'what it computes on').default('cpu'))
    .option('--from <dir>', 'install without network from a folder that `engine download` filled')
    .option('--force', 'build anew what is installed and works')
    .option('--no-verify', 'do not train with it before it is taken into use')
    .action((wanted: NativeDevice, { from, force = false, verify }: InstallFlags) =>
      interruptible(done, async (signal) => {
        const engines = resolve(enginesDirectory(process.env));
        makeWritableFolder(engines, 'folder of engines');
        const unlock = takeLock(lockFile(engines), 'a folder of engines');
        try {
          const listener = terminalListener();
          const { directory, built, bytes, measured } = await installEngine(
            { recipe: recipes[wanted], engines, from: from === undefined ? null : resolve(from), force },
            {
              machine: await readMachine(process.env, engines, {
                card: wanted === 'gpu' && verify,
                clients: from === undefined,
                signal,
              }),
              env: process.env,
              listener,
              signal,
              verify: verify ? (folder) => verifyEngine(wanted, folder, localMachine(process.env), signal) : null,
            },
          );
          const what = built ? `installed ${directory}` : `${directory} is installed already; --force builds it anew`;
          const trial = measured === null ? [] : [`  ${measured}`];
          process.stdout.write([`${what} (${gigabytes(bytes)})`, ...trial, ''].join('\n'));
        } finally {
          unlock();
        }
      }),
    );

const downloadCommand = (done: Done): Command =>
  new Command('download')
    .description('fill a folder with what an engine is built from, for `engine install --from`')
    .addArgument(device('<device>', 'what the engine computes on'))
    .argument('<dir>', 'folder to fill')
    .action((wanted: NativeDevice, directory: string) =>
      interruptible(done, async (signal) => {
        const folder = resolve(directory);
        const machine = await readMachine(process.env, folder, { card: false, clients: true, signal });
        await downloadEngine(recipes[wanted], folder, {
          machine,
          env: process.env,
          listener: terminalListener(),
          signal,
        });
        process.stdout.write(`${folder} is complete: hyperbudget engine install ${wanted} --from ${directory}\n`);
      }),
    );

const listCommand = (): Command =>
  new Command('list').description('native engines that are installed, here and by npm').action(() => {
    process.stdout.write(`${listEngines(process.env).join('\n')}\n`);
  });

const removeCommand = (): Command =>
  new Command('remove')
    .description('delete an engine, or all engines and what unfinished installations have downloaded')
    .addArgument(device('[device]', 'which one (default: all)'))
    .action((wanted: NativeDevice | undefined) => {
      const engines = resolve(enginesDirectory(process.env));
      makeWritableFolder(engines, 'folder of engines');
      const unlock = takeLock(lockFile(engines), 'a folder of engines');
      try {
        process.stdout.write(`${removeEngines(engines, wanted ?? null).join('\n')}\n`);
      } finally {
        unlock();
      }
    });

/**
 * Runs what SIGINT and SIGTERM may stop, and SIGHUP when the terminal closes: it tidies up, and the exit code says that the same command goes on.
 * The programs that it runs have process groups of their own: no signal of a terminal reaches them.
 */
async function interruptible(done: Done, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const interruption = new Error('interrupted');
  const interrupt = () => controller.abort(interruption);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, interrupt);
  try {
    await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    process.stderr.write('\nhyperbudget: interrupted; complete downloads are kept, the same command goes on\n');
    done(exitCode.interrupted);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}
