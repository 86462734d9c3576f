import { setTimeout } from 'node:timers/promises';
import { exitCode, messageOf } from '../errors.js';
import { summarise } from '../report/summary.js';
import { oncePerWish, onStopSignals } from '../signals.js';
import type { StudyEvent } from '../state/events.js';
import type { StudyState } from '../state/types.js';
import type { StudyStart } from '../study/clock.js';
import type { OpenedStudy } from '../study/open.js';
import type { Screen, StudyReport } from '../supervisor/reports.js';
import { reportOf, type SupervisedProcess } from '../supervisor/supervised.js';
import { lineWriter } from '../terminal-output.js';
import { isInteractive, prefersAscii } from '../ui/interactive.js';
import { type Pace, PaceMeter, packingText } from '../ui/model/pace.js';
import { describeEvent, heartbeat } from '../ui/plain.js';
import type { ShowOptions } from './options.js';
import { ownCommand } from './own-command.js';
import { shorter, writtenFiles } from './written-files.js';

/** Seconds between the heartbeat lines of a headless run. */
const heartbeatSeconds = 30;

/** Where a study is drawn. */
function screenOf(options: ShowOptions): Screen {
  const { stdout, stdin, env } = process;
  const headless = options.headless === true || options.json === true;
  if (!isInteractive({ stdout, stdin, env, headless })) return 'none';
  return options.inline ? 'inline' : 'alternate';
}

/** What the supervisor is told before a study's first event. */
export function openingOf(
  study: {
    readonly directory: string;
    readonly budgetSeconds: number;
    readonly start: StudyStart;
    readonly submissionPath: string | null;
  },
  options: ShowOptions & { readonly cache?: string },
): StudyReport {
  const { directory, budgetSeconds, start, submissionPath } = study;
  const switches = (['headless', 'json', 'inline', 'ascii'] as const).filter((name) => options[name] === true);
  const cache = options.cache === undefined ? [] : ['--cache', options.cache];
  const resume = ['resume', directory, ...cache, ...switches.map((name) => `--${name}`)];
  return { type: 'opening', directory, budgetSeconds, ...start, submissionPath, screen: screenOf(options), resume };
}

/**
 * Runs an opened study to its end while showing it: the terminal UI, or plain lines on stderr. Prints the summary (with `--json` the events) to
 * stdout.
 * @returns the exit code.
 */
export async function watchStudy(
  study: OpenedStudy,
  options: ShowOptions,
  supervised: SupervisedProcess,
): Promise<number> {
  const { stdout, stderr } = process;
  const { host } = study;
  host.subscribe((event) => {
    const report = reportOf(event);
    if (report) supervised.report(report);
  });
  const interactive = screenOf(options) !== 'none';
  // The first wish, a signal or a key: stop after saving; a second one: at once.
  const interrupt = oncePerWish(() => host.interrupt());
  const unsignal = onStopSignals(interrupt);
  if (options.json) {
    const printLine = lineWriter(stdout, stderr);
    const print = (event: StudyEvent) => printLine(JSON.stringify(event));
    study.opening.forEach(print);
    study.host.subscribe(print);
  }
  try {
    const state = await (interactive ? showTerminal(study, options, interrupt) : showLines(study));
    if (!options.json) stdout.write(`${summarise(state, writtenFiles(study.directory, state))}\n`);
    if (state.phase === 'interrupted') stderr.write(`go on with: ${ownCommand()} resume ${shorter(study.directory)}\n`);
    return codeOf(state);
  } finally {
    unsignal();
    study.close();
  }
}

function codeOf(state: StudyState): number {
  if (state.finished) return state.finished.exitCode;
  return state.phase === 'interrupted' ? exitCode.interrupted : exitCode.failed;
}

async function showLines(study: OpenedStudy): Promise<StudyState> {
  const { host } = study;
  const say = lineWriter(process.stderr);
  const describe = (event: StudyEvent, state: StudyState) => {
    const line = describeEvent(event, state);
    if (line !== null) say(line);
  };
  for (const event of study.opening) describe(event, host.state());
  host.subscribe(describe);
  const meter = new PaceMeter();
  let told = 0;
  host.onPacking((done, total) => {
    const pace = meter.report(done, total, host.nowSeconds());
    const share = Math.floor((10 * done) / Math.max(1, total));
    if (share > told) say(packingText(pace));
    // It goes back where another folder or smaller images are tried.
    told = share;
  });
  const timer = setInterval(() => say(heartbeat(host.state(), host.nowSeconds())), heartbeatSeconds * 1000);
  try {
    // A study past its deadline is over before this call returns: whoever listens must do so by now.
    return await host.run();
  } finally {
    clearInterval(timer);
  }
}

async function showTerminal(study: OpenedStudy, options: ShowOptions, interrupt: () => void): Promise<StudyState> {
  // Ink and React take half a second to load: only where they are used, and before anything runs that would have to be stopped if they cannot.
  const { runTerminal } = await import('../ui/terminal.js');
  const meter = new PaceMeter();
  let packing: Pace | null = null;
  study.host.onPacking((done, total) => {
    const pace = meter.report(done, total, study.host.nowSeconds());
    packing = done < total ? pace : null;
  });
  const running = study.host.run();
  const { stdout, stdin, env } = process;
  const shown = runTerminal(
    {
      state: () => study.host.state(),
      nowSeconds: () => study.host.nowSeconds(),
      packing: () => packing,
      subscribe: (listener) => study.host.subscribe(() => listener()),
      interrupt,
    },
    { ascii: options.ascii ?? prefersAscii(env), inline: options.inline ?? false, stdout, stdin },
  ).catch((error: unknown) => process.stderr.write(`the terminal UI ended: ${messageOf(error)}\n`));
  try {
    const state = await running;
    await shown;
    return state;
  } catch (error) {
    // The message belongs on the screen that stays; but a UI that does not notice the end must not keep it back.
    await Promise.race([shown, setTimeout(1000)]);
    throw error;
  }
}
