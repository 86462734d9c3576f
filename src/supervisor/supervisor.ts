import { type ChildProcess, spawn } from 'node:child_process';
import { exitCode, messageOf } from '../errors.js';
import type { Clock } from '../executor/executor.js';
import { monotonicSeconds } from '../monotonic.js';
import type { StopSignal } from '../signals.js';
import { type StudyStart, systemClock } from '../study/clock.js';
import { afterEnd, type Course, type Ending, hear, mourn, newCourse } from './course.js';
import { type Screen, type Supervision, studyReport, supervisedVariable } from './reports.js';

/** A process that was killed is gone within this time, unless the system holds it: nobody waits for that. */
const killPatienceSeconds = 0.4;
/** A study process that is at work and has not been heard of for so long hangs: on a disk that does not answer, say. */
const defaultSilenceSeconds = 30;
/** Before, a large folder that is read from a slow disk may take its time, and so may a long journal that another process has left. */
const preparationPatience = 10;
/** A timer that is so late shows that this process was held up, and the study process perhaps with it. */
const heldUpSeconds = 2;
/** What a study process that was told to stop twice may still take. */
const stopPatienceSeconds = 3;

type Folder = typeof import('./closing.js');
type Opened = NonNullable<Course['opened']>;

/** What reading the journal of a long study takes at its end: half a second at nine hours. */
const closingSeconds = (budgetSeconds: number): number => Math.min(0.5, budgetSeconds / 40_000);

export interface SupervisorOptions {
  /** Program and arguments that make a study process of the words that follow. */
  readonly program: readonly string[];
  /** The user's words, the command first. */
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly start: StudyStart;
  /** What a study process may be silent for before it counts as hung; default 30 s. */
  readonly silenceSeconds?: number;
  /** Tells people, a line each. */
  readonly tell: (line: string) => void;
  /** Ends this process itself if it should not come to its end by then, seconds from now. */
  readonly keepDeadline: (secondsLeft: number) => void;
  /** Makes a terminal usable again that a process has left as it was. */
  readonly mendTerminal: (screen: Screen) => void;
}

/**
 * Runs one study in a process of its own. One that dies is started again with `resume` while there is time; at the deadline the newest submission
 * is put in place, whatever state the study process is in. Nothing of a study happens in here, so there is little that could go wrong.
 */
export class Supervisor {
  private course: Course = newCourse;
  private child: ChildProcess | null = null;
  /** The process that runs has opened its study. */
  private isOpen = false;
  private clock: Clock | null = null;
  private signals = 0;
  private readonly cancels = new Set<() => void>();
  private settle: (code: number) => void = () => undefined;
  private isOver = false;
  /** What stands is being put in place: nothing keeps it from that. */
  private isClosing = false;
  /** Cancels the end of the patience with the process that runs. */
  private cancelSilence: () => void = () => undefined;
  private closing: Promise<Folder> | null = null;

  constructor(private readonly options: SupervisorOptions) {}

  /** @returns the exit code. */
  async run(): Promise<number> {
    const done = new Promise<number>((resolve) => {
      this.settle = resolve;
    });
    this.launch(this.options.words);
    const code = await done;
    for (const cancel of this.cancels) cancel();
    return code;
  }

  /** Passes a signal on. Asked twice, a study process that does not stop is killed. */
  signal(signal: StopSignal): void {
    this.signals++;
    this.course = { ...this.course, interrupted: true };
    if (this.isClosing) return;
    if (this.child === null) {
      this.end(exitCode.interrupted);
      return;
    }
    this.child.kill(signal);
    if (this.signals === 2) this.after(stopPatienceSeconds, () => this.child?.kill('SIGKILL'));
  }

  private launch(words: readonly string[]): void {
    const [program = '', ...parameters] = this.options.program;
    const told: Supervision = { supervisor: process.pid, ...this.options.start };
    const child = spawn(program, [...parameters, ...words], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...this.options.env, [supervisedVariable]: JSON.stringify(told) },
    });
    this.child = child;
    this.isOpen = false;
    this.expectSign(child);
    child.on('message', (message) => {
      this.hear(message);
      if (this.child === child) this.expectSign(child);
    });
    const ended = (ending: Ending) => {
      if (this.child !== child) return;
      this.child = null;
      this.cancelSilence();
      void this.judge(ending);
    };
    child.on('error', (error) => {
      this.options.tell(`the study process could not be started: ${error.message}`);
      if (child.pid === undefined) ended({ kind: 'exit', code: exitCode.failed });
    });
    child.on('exit', (code, signal) => {
      const ending: Ending = code === null ? { kind: 'signal', signal: signal ?? '' } : { kind: 'exit', code };
      // What it said last may still be in the channel.
      if (!child.connected) ended(ending);
      else child.on('disconnect', () => ended(ending));
    });
  }

  private expectSign(child: ChildProcess): void {
    this.cancelSilence();
    const seconds =
      (this.options.silenceSeconds ?? defaultSilenceSeconds) *
      (this.course.working && this.isOpen ? 1 : preparationPatience);
    const due = monotonicSeconds() + seconds;
    const timer = setTimeout(() => {
      if (this.child !== child) return;
      // A job that was stopped in its terminal, a machine that slept.
      if (monotonicSeconds() > due + heldUpSeconds) {
        this.expectSign(child);
        return;
      }
      child.kill('SIGKILL');
      this.options.tell(`nothing was heard of the study process for ${seconds} s`);
    }, 1000 * seconds);
    this.cancelSilence = () => clearTimeout(timer);
  }

  private hear(message: unknown): void {
    const report = studyReport.safeParse(message);
    if (!report.success) {
      this.options.tell(`the study process said what nobody understands: ${JSON.stringify(message)}`);
      return;
    }
    const wasOpen = this.course.opened !== null;
    this.course = hear(this.course, report.data);
    if (report.data.type === 'opening') {
      this.isOpen = true;
      if (!wasOpen) this.watchDeadline(report.data);
    }
    // While nothing is urgent: at the deadline there is no time to load it.
    if (report.data.type === 'working') this.loadClosing();
  }

  private watchDeadline(opened: StudyStart & { readonly budgetSeconds: number }): void {
    const clock = systemClock(opened);
    const secondsLeft = opened.budgetSeconds - clock.nowSeconds();
    // A study that is taken up after its deadline only puts in place what stands.
    if (secondsLeft <= 0) return;
    this.clock = clock;
    this.options.keepDeadline(secondsLeft);
    const stopAt = opened.budgetSeconds - closingSeconds(opened.budgetSeconds);
    this.cancels.add(clock.at(stopAt, () => void this.stopAtDeadline()));
  }

  private secondsLeft(): number {
    const { opened } = this.course;
    return opened && this.clock ? opened.budgetSeconds - this.clock.nowSeconds() : Number.POSITIVE_INFINITY;
  }

  private async judge(ending: Ending): Promise<void> {
    const recorded = await this.look(({ recordedEnd }, opened) => recordedEnd(opened));
    if (this.isOver || this.isClosing) return;
    if (ending.kind === 'signal') this.options.mendTerminal(this.screen);
    if (recorded !== null) this.course = { ...this.course, finished: recorded };
    const verdict = afterEnd(this.course, ending, this.secondsLeft());
    switch (verdict.type) {
      case 'exit':
        this.end(verdict.code);
        return;
      case 'close':
        await this.close(`the study process ${wordsOf(ending)}, with no time left to start it again`);
        return;
      case 'restart': {
        const wait = verdict.afterSeconds > 0 ? ` in ${verdict.afterSeconds.toFixed(0)} s` : '';
        this.options.tell(`the study process ${wordsOf(ending)}; it is started again${wait}`);
        this.course = mourn(this.course);
        this.after(verdict.afterSeconds, () => void this.startAgain());
        return;
      }
    }
  }

  private async startAgain(): Promise<void> {
    const exists = await this.look(({ hasStudy }, opened) => hasStudy(opened));
    if (this.isOver) return;
    // One that died before its first event is begun anew.
    this.launch((exists && this.course.opened?.resume) || this.options.words);
  }

  /** Asks something of the study's folder; null where there is none yet, or no answer. */
  private async look<T>(question: (folder: Folder, opened: Opened) => T): Promise<T | null> {
    const { opened } = this.course;
    if (opened === null) return null;
    const { directory } = opened;
    try {
      return question(await this.loadClosing(), opened);
    } catch (error) {
      this.options.tell(`what stands in ${directory} could not be used: ${messageOf(error)}`);
      return null;
    }
  }

  private get screen(): Screen {
    return this.course.opened?.screen ?? 'none';
  }

  private after(seconds: number, work: () => void): void {
    const timer = setTimeout(work, 1000 * seconds);
    this.cancels.add(() => clearTimeout(timer));
  }

  private end(code: number): void {
    this.isOver = true;
    this.cancelSilence();
    this.settle(code);
  }

  private loadClosing(): Promise<Folder> {
    this.closing ??= import('./closing.js');
    return this.closing;
  }

  private async stopAtDeadline(): Promise<void> {
    if (this.isOver || this.isClosing) return;
    this.isClosing = true;
    const { child } = this;
    this.child = null;
    this.cancelSilence();
    if (child) {
      await new Promise<void>((resolve) => {
        child.on('exit', () => resolve());
        this.after(killPatienceSeconds, resolve);
        child.kill('SIGKILL');
      });
    }
    await this.close('the deadline ended the study process', child?.pid ?? null);
  }

  private async close(reason: string, killed: number | null = null): Promise<void> {
    this.isClosing = true;
    const submissionPath = this.course.opened?.submissionPath ?? null;
    const code = await this.look(({ close }, opened) =>
      close(opened, { directory: opened.directory, submissionPath, reason, killed }),
    );
    if (this.isOver) return;
    // Last, since a terminal may not take a word.
    this.options.mendTerminal(this.screen);
    this.options.tell(reason);
    this.end(code ?? exitCode.failed);
  }
}

function wordsOf(ending: Ending): string {
  return ending.kind === 'signal' ? `was ended by ${ending.signal}` : `ended with exit code ${ending.code}`;
}
