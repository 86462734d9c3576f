import { describe, expect, it } from 'vitest';
import { SilenceWatch } from '../../src/executor/silence-watch.js';
import { manualClock } from './manual-clock.js';

function watching() {
  const { clock, goTo } = manualClock();
  const silences: number[] = [];
  const watch = new SilenceWatch(clock, (seconds) => silences.push(seconds));
  const readPipes = () => new Promise(setImmediate);
  return { watch, silences, goTo, readPipes };
}

describe('a silence watch', () => {
  it('tells once of a process that was silent for the seconds it had', async () => {
    const { watch, silences, goTo, readPipes } = watching();
    watch.expect(30);
    goTo(29);
    await readPipes();
    expect(silences).toEqual([]);
    goTo(30);
    await readPipes();
    expect(silences).toEqual([30]);
    goTo(60);
    await readPipes();
    expect(silences).toEqual([30]);
  });

  it('counts from the last sign', async () => {
    const { watch, silences, goTo, readPipes } = watching();
    watch.expect(30);
    goTo(20);
    watch.expect(60);
    goTo(79);
    await readPipes();
    expect(silences).toEqual([]);
    goTo(80);
    await readPipes();
    expect(silences).toEqual([60]);
  });

  it('reads what waits in the pipe before it judges', async () => {
    const { watch, silences, goTo, readPipes } = watching();
    watch.expect(30);
    goTo(30);
    watch.expect(30);
    await readPipes();
    expect(silences).toEqual([]);
  });

  it('gives a process its time again where its own timer came more than 2 s late', async () => {
    const { watch, silences, goTo, readPipes } = watching();
    watch.expect(30);
    goTo(33);
    goTo(62);
    await readPipes();
    expect(silences).toEqual([]);
    goTo(63);
    await readPipes();
    expect(silences).toEqual([30]);
  });

  it('judges where its own timer came up to 2 s late', async () => {
    const { watch, silences, goTo, readPipes } = watching();
    watch.expect(30);
    goTo(32);
    await readPipes();
    expect(silences).toEqual([30]);
  });

  it('that is cancelled tells nothing, also when it is about to judge', async () => {
    const { watch, silences, goTo, readPipes } = watching();
    watch.expect(30);
    watch.cancel();
    goTo(30);
    watch.expect(30);
    goTo(60);
    watch.cancel();
    await readPipes();
    expect(silences).toEqual([]);
  });
});
