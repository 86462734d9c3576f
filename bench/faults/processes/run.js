import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { enginesDirectory } from '../../../dist/engine/native/library.js';
import { damage } from './damage.js';
import { foreground } from './foreground.js';
import { JournalTail } from './journal-tail.js';
import { SmallDisk } from './small-disk.js';
import { problemOf } from './submission.js';
import { marker, rolesOf, signal, stateOf } from './tree.js';

const lookMilliseconds = 50;
/** After a kill of its parents, and after the end, every process must be gone within this time. */
const orphanSeconds = 3;
/** Later than this before the deadline nobody kills what would have to be started again by hand: the start alone takes so long. */
const lastKillSeconds = 8;
const preload = new URL('preload.js', import.meta.url).href;

/** One whole run of the real program, with everything that is done to it. */
export class WholeRun {
  injected = [];
  told = [];
  invalid = [];
  orphans = [];
  /** Seconds from a kill to the next sign of work. */
  recoveries = [];
  /** Kills whose recovery is awaited. */
  awaiting = [];
  code = null;
  child = null;
  submissionStands = false;
  disk = null;
  checks = [];

  /** @param trace told what happens, in words. */
  constructor(plot, folder, engine, trace) {
    this.plot = plot;
    this.folder = folder;
    this.trace = trace;
    this.name = `${process.pid}-${plot.run}`;
    const { condition } = plot;
    const out = condition === 'small disk' ? join(folder, 'disk') : folder;
    this.study = join(out, 'study');
    this.tail = new JournalTail(join(this.study, 'journal.jsonl'));
    const faults =
      condition === 'clock jump'
        ? { jumpAtEpochSeconds: Date.now() / 1000 + plot.budgetSeconds / 4, jumpSeconds: plot.jumpSeconds }
        : condition === 'slow disk'
          ? { slowMilliseconds: 300 }
          : {};
    this.env = {
      ...process.env,
      HYPERBUDGET_ENGINES: enginesDirectory(process.env),
      XDG_CACHE_HOME: join(folder, 'cache'),
      HYPERBUDGET_ENGINE: engine,
      [marker]: this.name,
      HYPERBUDGET_FAULTS: JSON.stringify(faults),
      ...(Object.keys(faults).length > 0 ? { NODE_OPTIONS: `--import=${preload}` } : {}),
    };
  }

  /** Runs to the end, resuming as a user would; everything that was found is in the fields afterwards. */
  async play() {
    const { plot, folder } = this;
    if (plot.condition === 'small disk') this.disk = SmallDisk.mount(join(folder, 'disk'));
    if (this.disk?.problem) this.told.push(this.disk.problem);
    if (plot.condition === 'divergence') this.makeDiverge();
    this.startedAt = performance.now();
    this.inject(`condition: ${plot.condition}`);
    this.deadlineAt = this.startedAt + 1000 * plot.budgetSeconds;
    const watching = this.watch();
    try {
      await this.liveOn();
      this.endedAt = performance.now();
      this.isOver = true;
      await watching;
      await this.checkGone(rolesOf(this.name).all, 'the end');
      await Promise.all(this.checks);
      this.tail.look();
    } finally {
      this.isOver = true;
      for (const pid of rolesOf(this.name).all) signal(pid, 'SIGKILL');
      this.disk?.unmount();
    }
    return this;
  }

  /** One foreground process after the other, until the study has finished. */
  async liveOn() {
    const words = ['run', '--data', 'data', '--space', 'space.yaml', '--budget', `${this.plot.budgetSeconds}s`];
    let next = [...words, '--out', this.study, '--seed', String(this.plot.seed)];
    for (let life = 0; life < 60; life++) {
      this.code = await foreground(next, { folder: this.folder, env: this.env, condition: this.plot.condition });
      this.tail.look();
      this.trace(this.seconds(), `the program ended with ${this.code}`);
      const isFinished = this.tail.events.some(({ type }) => type === 'study-finished');
      if (isFinished || (this.disk !== null && performance.now() > this.deadlineAt)) return;
      // A moment, as it takes a user at the least.
      await sleep(300 + 1200 * this.plot.chance.next());
      const exists = this.tail.lines.length > 0;
      if (exists && this.prepareResume) this.prepareResume();
      this.prepareResume = null;
      this.resumedAt = performance.now();
      next = exists ? ['resume', this.study] : next;
      this.trace(this.seconds(), next.join(' '));
    }
  }

  seconds() {
    return (performance.now() - this.startedAt) / 1000;
  }

  makeDiverge() {
    const path = join(this.folder, 'space.yaml');
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replace('high: 0.5, log: true, default: 0.2', 'high: 10, log: true, default: 10'),
    );
  }

  inject(name) {
    this.injected.push(name);
    // What comes in between is no measure of the recovery from what was before.
    this.awaiting = [];
    this.trace(this.seconds(), name);
  }

  /** Looks all the time: at the submission, the journal, and whether something is to be done. */
  async watch() {
    const pending = [...this.plot.events];
    while (!this.isOver) {
      await sleep(lookMilliseconds);
      this.lookAtSubmission();
      for (const event of this.tail.look()) this.noteWork(event);
      this.fillSmallDisk();
      const due = pending.findIndex((event) => this.isDue(event));
      if (due < 0 || this.tail.lines.length === 0) continue;
      const [{ what }] = pending.splice(due, 1);
      this.disturb(what);
    }
  }

  /** A small disk is full to its last block for a third of the time. */
  fillSmallDisk() {
    const share = this.seconds() / this.plot.budgetSeconds;
    if (!this.disk || this.disk.problem !== null) return;
    if (share > 0.7 && this.disk.isFull) {
      this.disk.free();
      this.inject('the disk is freed');
    } else if (share > 0.35 && share < 0.7 && !this.disk.isFull) {
      this.disk.fill();
      this.inject('the disk fills up');
    }
  }

  isDue({ share, line }) {
    if (line !== null && this.tail.lines.length >= line) return true;
    return line === null && this.seconds() >= share * this.plot.budgetSeconds;
  }

  lookAtSubmission() {
    const problem = problemOf(join(this.folder, 'submission.csv'));
    if (problem === null) this.submissionStands = true;
    const isPacked = this.submissionStands || this.tail.events.some(({ type }) => type === 'data-packed');
    if (isPacked && problem !== null) this.invalid.push(`${this.seconds().toFixed(2)} s: ${problem}`);
  }

  secondsLeft() {
    return (this.deadlineAt - performance.now()) / 1000;
  }

  /** Does what is due, where there is somebody to do it to. */
  disturb(what) {
    const roles = rolesOf(this.name);
    const { top, study, trials } = roles;
    const [kind, extra] = what.split(', ');
    const byHand =
      kind === 'kill -9 top' || kind === 'kill -9 everything' || kind.startsWith('SIGTERM') || !roles.isSupervised;
    if (top === null || (byHand && this.secondsLeft() < lastKillSeconds && !kind.includes('trial'))) return;
    const trial = trials.length > 0 ? this.plot.chance.pick(trials) : null;
    const seconds = this.plot.chance.logBetween(0.2, 15);
    switch (kind) {
      case 'kill -9 study':
        if (signal(study, 'SIGKILL')) this.killed(what, roles, [study]);
        return;
      case 'kill -9 top':
        if (signal(top, 'SIGKILL')) this.killed(what, roles, [top]);
        if (extra) this.prepareResume = () => this.damage(extra);
        return;
      case 'kill -9 everything':
        for (const pid of roles.all) signal(pid, 'SIGKILL');
        this.killed(what, roles, roles.all);
        return;
      case 'kill -9 trial':
        if (trial !== null && signal(trial, 'SIGKILL')) this.inject(what);
        return;
      case 'SIGTERM top':
      case 'SIGTERM study':
        if (signal(kind === 'SIGTERM top' ? top : study, 'SIGTERM')) this.inject(what);
        return;
      case 'SIGHUP top':
        if (signal(top, 'SIGHUP')) this.inject(what);
        return;
      case 'stop trial for a while':
        if (trial !== null) this.stop(what, trial, seconds);
        return;
      case 'stop trial for good':
        if (trial !== null && signal(trial, 'SIGSTOP')) this.inject(what);
        return;
      case 'stop study for a while':
        this.stop(what, study, Math.min(seconds, Math.max(0.2, this.secondsLeft() - lastKillSeconds)));
        return;
    }
  }

  /** The study's own process or one above it is dead: what it leaves must end, and work must go on. */
  killed(what, roles, pids) {
    this.inject(what);
    this.awaiting.push({ at: performance.now(), after: this.tail.lines.length });
    const left = roles.isSupervised && pids[0] === roles.study ? roles.trials : roles.all;
    this.checks.push(
      this.checkGone(
        left.filter((pid) => !pids.includes(pid)),
        what,
      ),
    );
  }

  stop(what, pid, seconds) {
    if (!signal(pid, 'SIGSTOP')) return;
    this.inject(what);
    this.checks.push(sleep(1000 * seconds).then(() => signal(pid, 'SIGCONT')));
  }

  async checkGone(pids, after) {
    const until = performance.now() + 1000 * orphanSeconds;
    let alive = pids;
    while (alive.length > 0 && performance.now() < until) {
      await sleep(lookMilliseconds);
      const { all } = rolesOf(this.name);
      alive = alive.filter((pid) => all.includes(pid));
      // What was stopped cannot end itself: whoever has stopped it lets it go on.
      for (const pid of alive) if (stateOf(pid) === 'T') signal(pid, 'SIGCONT');
    }
    for (const pid of alive) this.orphans.push(`${pid} after ${after}: ${stateOf(pid)}`);
  }

  damage(what) {
    this.inject(what);
    damage(what, { study: this.study, cache: join(this.folder, 'cache'), chance: this.plot.chance });
  }

  noteWork({ type, seenAt }) {
    if (!work.has(type)) return;
    for (const kill of this.awaiting.splice(0)) this.recoveries.push((seenAt - kill.at) / 1000);
  }
}

/** Lines that say that something is being worked on. */
const work = new Set([
  'rung-started',
  'rung-progress',
  'rung-finished',
  'prediction-started',
  'final-started',
  'final-progress',
  'final-finished',
  'study-finished',
]);

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
}
