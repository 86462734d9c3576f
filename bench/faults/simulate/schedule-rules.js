/** A rule that every study keeps was broken. */
export class Broken extends Error {}

/** The rules of a legal schedule, kept by books of their own: slots, rungs, promotions. */
export class ScheduleRules {
  slots = 0;
  plan = null;
  /** What runs, by slot. */
  busy = new Map();
  /** By bracket: shape, and by rung the trials with their status and score. */
  brackets = new Map();
  bracketOf = new Map();

  /** @param chooses a model says whose promotion it is. */
  constructor(chooses) {
    this.chooses = chooses;
  }

  get rule() {
    return this.plan.promotion?.rule ?? 'halving';
  }

  expect(holds, rule) {
    if (!holds) throw new Broken(rule);
  }

  see(event) {
    switch (event.type) {
      case 'engine-chosen':
        this.slots = event.slots;
        return;
      case 'plan-made':
        this.plan = event;
        return;
      case 'bracket-opened':
        this.expect(event.bracket === this.brackets.size, 'brackets are opened in order');
        this.expect(this.rule === 'halving' || event.bracket === 0, 'a ladder is the only bracket');
        this.brackets.set(event.bracket, { rungs: this.plan.brackets[event.shape].map(() => new Map()), ...event });
        return;
      case 'trial-created':
        this.create(event);
        return;
      case 'rung-started':
        this.startRung(event);
        return;
      case 'rung-finished':
      case 'rung-failed':
        this.endRung(event);
        return;
      case 'prediction-started':
        this.occupy(event, `prediction ${event.trial}`);
        return;
      case 'prediction-ended':
        this.release(`prediction ${event.trial}`);
        return;
      case 'final-started':
        this.expect(this.busy.size === 0, 'the final run starts on a machine of its own');
        this.occupy(event, 'final');
        return;
      case 'final-finished':
      case 'final-failed':
        this.release('final');
        return;
      case 'study-interrupted':
      case 'study-resumed':
        this.interrupt();
        return;
    }
  }

  occupy({ slot, at, killAt }, work) {
    this.expect(slot < this.slots, 'a slot that is there is taken');
    this.expect(!this.busy.has(slot), 'a slot is used once at a time');
    this.expect(killAt >= at, 'work has time until it is killed');
    this.expect(!this.busy.has(0) || this.busy.get(0) !== 'final', 'nothing runs beside the final run');
    this.busy.set(slot, work);
  }

  release(work) {
    for (const [slot, other] of this.busy) if (other === work) this.busy.delete(slot);
  }

  create({ trial, bracket, rung = 0 }) {
    this.expect(trial === this.bracketOf.size, 'trials are numbered in order');
    this.bracketOf.set(trial, bracket);
    const opened = this.brackets.get(bracket);
    // The default configuration of a study that had no time for a search belongs to no bracket.
    if (!opened) this.expect(trial === 0, 'a trial belongs to an opened bracket');
    else {
      this.expect(
        this.rule !== 'halving' || opened.rungs[0].size < this.plan.brackets[opened.shape][0].trials,
        'no bracket has more trials than planned',
      );
      this.expect(rung === 0 || this.rule === 'asha', 'only on a ladder do trials start above the lowest rung');
      this.expect(rung < opened.rungs.length, 'a trial starts in a rung of its bracket');
      opened.rungs[rung].set(trial, { status: 'pending', score: null });
    }
  }

  startRung(event) {
    const { trial, rung, resource } = event;
    const { rungs, shape } = this.brackets.get(this.bracketOf.get(trial));
    const shaped = this.plan.brackets[shape];
    this.expect(resource === shaped[rung]?.resource, 'a rung has the resource of the plan');
    const entry = rungs[rung].get(trial);
    this.expect(entry?.status !== 'finished', 'a finished rung is never run again');
    this.expect(entry?.status !== 'running', 'a rung runs once at a time');
    if (this.rule === 'halving')
      this.expect((rungs[rung + 1]?.size ?? 0) === 0, 'no rung goes on once the next has begun');
    if (rung > 0 && !entry) {
      if (this.rule === 'halving') this.promote(trial, rungs, shaped, rung);
      else this.promoteOnLadder(trial, rungs, rung);
    }
    this.occupy(event, `rung ${trial}:${rung}`);
    rungs[rung].set(trial, { status: 'running', score: null });
  }

  promote(trial, rungs, shaped, rung) {
    const below = [...rungs[rung - 1]].map(([number, entry]) => ({ trial: number, ...entry }));
    const finished = below.filter(({ status }) => status === 'finished');
    const planned =
      rung === 1
        ? shaped[0].trials
        : Math.min(
            shaped[rung - 1].trials,
            [...rungs[rung - 2].values()].filter((e) => e.status === 'finished').length,
          );
    this.expect(below.length >= planned, 'a rung starts only after the one below is full');
    this.expect(
      below.every(({ status }) => status === 'finished' || status === 'failed'),
      'a rung starts only after the one below has ended',
    );
    const best = finished
      .sort((a, b) => b.score - a.score || a.trial - b.trial)
      .slice(0, shaped[rung].trials)
      .map((entry) => entry.trial);
    this.expect(best.includes(trial), 'only the best places are promoted');
  }

  /** Of those that have ended in the rung below, failed ones included, one of eta stands at least as high, but for the last promotion of `asha`. */
  promoteOnLadder(trial, rungs, rung) {
    this.expect(this.rule !== 'single-rung', 'nothing is promoted from a single rung');
    // A change within the noise of scores does not unlock; without any change nothing does.
    if (this.rule === 'pasha' && rung > 1)
      this.expect(changesPlaces(rungs[rung - 2], rungs[rung - 1]), 'a rung stays locked while those below agree');
    const below = [...rungs[rung - 1]].map(([number, entry]) => ({ trial: number, ...entry }));
    const finished = below.filter(({ status }) => status === 'finished');
    const ended = finished.length + below.filter(({ status }) => status === 'failed').length;
    // Where the last rung but one does not rank, all of it may go on.
    const isLast = rung === rungs.length - 1 && this.rule === 'asha';
    const places = isLast ? ended : Math.floor(ended / this.plan.promotion.eta);
    const order = finished.sort((a, b) => b.score - a.score || a.trial - b.trial).map((entry) => entry.trial);
    const place = order.indexOf(trial);
    if (this.chooses) {
      this.expect(place >= 0, 'only those that have finished a rung are promoted');
      const isAmongBest = place < places;
      this.expect(isAmongBest || rungs[rung].size < places, 'no more of a rung are promoted than it has best places');
      return;
    }
    this.expect(place >= 0 && place < places, 'only the best of a rung are promoted');
    const waiting = order.filter((number) => !rungs[rung].has(number));
    this.expect(waiting[0] === trial, 'the best that has not been promoted goes first');
  }

  endRung({ type, trial, rung, score }) {
    this.release(`rung ${trial}:${rung}`);
    const status = type === 'rung-finished' ? 'finished' : 'failed';
    this.entries(trial)[rung]?.set(trial, { status, score: score ?? null });
  }

  entries(trial) {
    return this.brackets.get(this.bracketOf.get(trial)).rungs;
  }

  interrupt() {
    this.busy.clear();
    for (const { rungs } of this.brackets.values()) {
      for (const rung of rungs) {
        for (const [trial, entry] of rung) {
          if (entry.status === 'running') rung.set(trial, { status: 'pending', score: null });
        }
      }
    }
  }
}

/** Whether two trials that have finished both rungs stand in another order in the upper one. */
function changesPlaces(lower, upper) {
  const both = [...upper]
    .filter(([, { status }]) => status === 'finished')
    .map(([trial, { score }]) => [lower.get(trial).score, score]);
  return both.some(([low, high]) => both.some((other) => low > other[0] && high < other[1]));
}
