import { SimulatorExecutor, VirtualClock } from '../../../dist/executor/simulator.js';
import { replay, StudyLog } from '../../../dist/study/log.js';
import { Study } from '../../../dist/study/study.js';
import { Killed, MortalJournal, SimulatedDisk } from './disk.js';
import { open, prepare } from './preparation.js';
import { Rules } from './rules.js';
import { Broken } from './schedule-rules.js';
import { worldOf } from './world.js';

/** More processes than this for one study: it would never end. */
const mostLives = 500;

/** Lines that come by the hundred: to die at each of them as often as at the others would end every study in its search. */
const common = new Set(['rung-started', 'rung-progress', 'rung-finished', 'trial-created', 'told', 'final-progress']);

/** One study from its creation to its end, through all its processes. */
export class SimulatedLife {
  disk = new SimulatedDisk();
  injected = new Map();
  lives = 0;
  now = 0;

  /** @param trace called with each event and what happens between them. */
  constructor(scenario, trace = () => undefined) {
    this.scenario = scenario;
    this.trace = trace;
    this.rules = new Rules(scenario, this.disk);
    this.world = worldOf(scenario, (name) => this.inject(name));
  }

  inject(name) {
    this.injected.set(name, (this.injected.get(name) ?? 0) + 1);
    this.trace(this.now, name);
  }

  /** @throws Broken with the rule that does not hold. */
  async play() {
    while (this.rules.state.finished === null) {
      if (++this.lives > mostLives) throw new Broken('every study finishes');
      // Dead before its first line stood: there is no study to resume.
      if (this.lives > 1 && this.disk.read().events.length === 0) return this;
      await this.live();
      if (this.rules.state.finished === null) this.sleepUntilResumed();
    }
    this.rules.end();
    return this;
  }

  /** One process: from its start to its end or death. */
  async live() {
    const { disk, rules } = this;
    const clock = new VirtualClock(this.now);
    const journal = new MortalJournal(
      disk,
      (events) => this.fate(events, clock),
      (events) => {
        this.now = clock.nowSeconds();
        for (const event of events) {
          this.trace(this.now, JSON.stringify(event));
          rules.see(JSON.parse(JSON.stringify(event)));
        }
      },
    );
    const { events } = disk.read();
    rules.deciding = false;
    for (const event of rules.goOnFrom(events)) this.trace(event.at, `${JSON.stringify(event)} was its last line`);
    // A resume would be refused.
    if (rules.state.finished) return;
    const state = replay(events);
    const log = new StudyLog(journal, state);
    try {
      open(this.scenario, log, clock);
      const isPrepared = prepare(this.scenario, log, clock);
      this.now = clock.nowSeconds();
      if (!isPrepared) return;
      rules.deciding = true;
      await this.work(log, clock, journal);
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.now = clock.nowSeconds();
    } finally {
      journal.close();
    }
  }

  /** The study at work, until it is over or dead. */
  async work(log, clock, journal) {
    const { scenario, disk } = this;
    const study = new Study({
      directory: '/study',
      log,
      clock,
      space: scenario.space,
      tickSeconds: scenario.tickSeconds,
      placeSubmission: (predictions) => ({
        rows: this.place(predictions),
        path: log.state.created.submissionPath,
        problem: null,
      }),
      executor: (listener) =>
        new SimulatorExecutor(8, this.world, clock, (event) => {
          if (journal.dead) return;
          if (event.type === 'message' && typeof event.message.predictions === 'string')
            disk.predictions.add(event.message.predictions);
          if (event.type === 'message' && event.message.type === 'predicted') disk.predictions.add(event.message.path);
          listener(event);
        }),
    });
    this.plotInstants(study, clock, journal);
    this.retryJournal(log, clock, journal);
    let over = false;
    let failure = null;
    study.run().then(
      () => {
        over = true;
      },
      (error) => {
        over = true;
        failure = error;
      },
    );
    do {
      // What ends a study does so in promises.
      await null;
      await null;
    } while (!over && !journal.dead && clock.advance());
    if (failure !== null && !journal.dead) throw failure;
    this.now = journal.dead ? Math.max(this.now, clock.nowSeconds()) : clock.nowSeconds();
  }

  /** As a host does. */
  retryJournal(log, clock, journal) {
    clock.at(clock.nowSeconds() + 5, () => {
      if (journal.dead) return;
      if (journal.problem !== null) log.retryJournal(clock.nowSeconds());
      this.retryJournal(log, clock, journal);
    });
  }

  place(predictions) {
    const { chance, faults, testImages } = this.scenario;
    this.rules.seePlacing(predictions);
    if (chance.happens(faults.placing)) {
      this.inject('placing a submission fails');
      throw new Error('ENOSPC: no space left on device, write');
    }
    return testImages;
  }

  /** Kills, signals and sleeps at random instants of what is left of the budget. */
  plotInstants(study, clock, journal) {
    const { chance, faults, budgetSeconds } = this.scenario;
    const left = budgetSeconds - clock.nowSeconds();
    if (left <= 0) return;
    for (let instant = 0; instant < faults.instants; instant++) {
      if (!chance.happens(0.3)) continue;
      const at = clock.nowSeconds() + left * chance.next();
      const [name, happen] = chance.pick([
        ['kill -9 at a random instant', () => this.die(journal, clock)],
        ['a signal', () => study.interrupt('a signal')],
        ['two signals', () => this.signalTwice(study)],
        [
          'the process is stopped for a while',
          () => this.stall(clock, Math.min(300, left * chance.logBetween(1e-3, 1))),
        ],
      ]);
      clock.at(at, () => {
        if (journal.dead) return;
        this.now = clock.nowSeconds();
        this.inject(name);
        happen();
      });
    }
  }

  signalTwice(study) {
    study.interrupt('a signal');
    study.interrupt('a signal');
  }

  die(journal, clock) {
    journal.dead = true;
    this.now = clock.nowSeconds();
  }

  stall(clock, seconds) {
    clock.sleep(seconds);
    this.rules.backAt = clock.nowSeconds();
  }

  /** What happens to the process at a journal write: null for nothing, or which part of the bytes it still writes. */
  fate(events, clock) {
    const { chance, faults } = this.scenario;
    if (!this.disk.isFull && chance.happens(faults.writing)) this.fillDisk(clock);
    const probability = events.some(({ type }) => !common.has(type)) ? faults.rareKill : faults.commonKill;
    if (!chance.happens(probability)) return null;
    if (chance.happens(0.5)) {
      this.inject('kill -9 between a line and acting on it');
      return { torn: 1 };
    }
    this.inject('kill -9 within a line');
    return { torn: chance.next() };
  }

  fillDisk(clock) {
    this.inject('the disk is full for a while');
    this.disk.isFull = true;
    clock.at(clock.nowSeconds() + this.scenario.chance.logBetween(0.1, 100), () => this.freeDisk());
  }

  freeDisk() {
    this.disk.isFull = false;
  }

  /** Down for nothing, a while, or past the deadline. */
  sleepUntilResumed() {
    const { chance, budgetSeconds } = this.scenario;
    const left = Math.max(0, budgetSeconds - this.now);
    const kind = chance.next();
    const down =
      kind < 0.7 ? chance.between(0, 2) : kind < 0.97 ? 0.3 * left * chance.next() : left + chance.between(0, 100);
    this.now += down;
    this.freeDisk();
    this.rules.backAt = this.now;
    // Faults that come so often that no study survives them teach nothing.
    if (this.lives > 30) Object.assign(this.scenario.faults, { commonKill: 0, rareKill: 0, writing: 0, instants: 0 });
    this.trace(this.now, 'resumed');
  }
}
