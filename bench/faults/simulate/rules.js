import { isDeepStrictEqual } from 'node:util';
import { studyEvent } from '../../../dist/state/events.js';
import { emptyState, fold } from '../../../dist/state/fold.js';
import { nextAction } from '../../../dist/study/decide.js';
import { wantsSubmission } from './preparation.js';
import { Broken, ScheduleRules } from './schedule-rules.js';

/** More events than this without time passing: nothing would ever stop. */
const mostEventsAtOnce = 20_000;

/** As what a decision stands in the journal. */
const journalled = {
  'open-bracket': 'bracket-opened',
  'create-trial': 'trial-created',
  'start-rung': 'rung-started',
  'start-prediction': 'prediction-started',
  'end-search': 'search-ended',
  'start-final': 'final-started',
};
const decisions = new Set(Object.values(journalled));

/** Watches the journal of one study, all its lives long, against the rules that hold after every event and at the end. */
export class Rules {
  /** The fold of the journal's lines as they stand on disk. */
  state = emptyState;
  /** While true, events are decisions: not before a study is prepared. */
  deciding = false;
  /** No deadline can be kept while the process is stopped or gone: the latest instant at which it came back. */
  backAt = 0;
  finals = 0;
  /** Events seen. */
  taken = 0;
  atOnce = 0;

  constructor(scenario, disk) {
    this.scenario = scenario;
    this.disk = disk;
    this.schedule = new ScheduleRules(scenario.space.scheduler.kind === 'model-asha');
  }

  expect(holds, rule) {
    if (!holds) throw new Broken(rule);
  }

  /** A process begins with what stands on disk: everything, unless the disk did not take it. Returns what was not seen before. */
  goOnFrom(events) {
    if (this.taken > events.length) Object.assign(this, new Rules(this.scenario, this.disk), { backAt: this.backAt });
    const unseen = events.slice(this.taken);
    for (const event of unseen) this.see(event);
    return unseen;
  }

  /** Before the event is taken up: what stands in the journal decides it, and nothing else. */
  see(event) {
    this.taken++;
    this.expect(studyEvent.safeParse(event).success, 'every line is an event');
    if (this.deciding && decisions.has(event.type)) this.compare(event);
    this.atOnce = event.at === this.state.at ? this.atOnce + 1 : 0;
    this.expect(this.atOnce < mostEventsAtOnce, 'a study comes to rest without time passing');
    this.expect(
      event.at >= this.state.at,
      `time does not go back: ${event.type} at ${event.at}, what came before at ${this.state.at}`,
    );
    this.schedule.see(event);
    const before = this.state;
    this.state = fold(before, event);
    this.seeFinal(event);
    this.seeSubmission(event, before);
  }

  compare(event) {
    const action = nextAction(this.state, this.scenario.space, event.at);
    this.expect(
      journalled[action?.type] === event.type,
      `the journal alone decides: ${action?.type}, not ${event.type}`,
    );
    const { type: _, ...parts } = JSON.parse(JSON.stringify(action));
    for (const [name, value] of Object.entries(parts)) {
      if (name in event) this.expect(isDeepStrictEqual(event[name], value), `the journal alone decides: ${name}`);
    }
  }

  seeFinal({ type, killAt, endsAt }) {
    if (type === 'final-started') {
      this.expect(this.state.searchEnd !== null, 'the final run comes after the search');
      this.expect(this.finals === 0, 'there is one final run');
      this.expect(killAt <= this.scenario.budgetSeconds, 'the final run ends before the deadline');
      this.expect(endsAt <= killAt, 'the final run has time until it is killed');
    }
    if (type === 'final-finished') this.finals++;
    this.expect(this.finals <= 1, 'there is one final run');
  }

  seeSubmission(event, before) {
    const { submission } = this.state;
    if (wantsSubmission(this.scenario) && this.state.data) {
      this.expect(submission !== null, 'a submission stands from the end of packing on');
    }
    if (event.type === 'submission-written') {
      this.expect(before.submission?.source !== 'final', 'the submission of the final run stays');
      this.expect(
        event.source !== 'class-prior' || before.submission === null,
        'a submission is replaced by a better one',
      );
    }
  }

  /** Called with the path of predictions that are put in place. */
  seePlacing(predictions) {
    this.expect(this.disk.predictions.has(predictions), 'only predictions that were written are put in place');
  }

  /** Once the study has finished. */
  end() {
    const { finished, final, submission, trials } = this.state;
    const { budgetSeconds, mode } = this.scenario;
    this.expect(finished !== null, 'every study finishes');
    this.expect(finished.at <= Math.max(budgetSeconds, this.backAt) + 1e-6, 'the deadline is kept');
    const hasTrial = trials.some(({ rungs }) => rungs.some(({ status }) => status === 'finished'));
    if (mode === 'search') {
      this.expect(finished.exitCode === (hasTrial ? 0 : 1) || this.isLate(), 'a search ends with what it found');
      return;
    }
    this.expect(
      !wantsSubmission(this.scenario) || submission !== null || !this.state.data,
      'there is a submission at the end',
    );
    const isWhole = wantsSubmission(this.scenario) ? submission?.source === 'final' : final.status === 'finished';
    this.expect(
      (finished.exitCode === 0) === isWhole,
      'exit code 0 says that the final model is trained, and that its submission stands',
    );
    if (!isWhole) {
      const code = submission !== null || hasTrial ? 4 : 1;
      this.expect(finished.exitCode === code, `without a final model the exit code is ${code}`);
    }
  }

  isLate() {
    return this.backAt >= this.scenario.budgetSeconds;
  }
}
