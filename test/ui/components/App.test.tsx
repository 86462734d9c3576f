import { EventEmitter } from 'node:events';
import { render } from 'ink-testing-library';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StudyState } from '../../../src/state/types.js';
import { App } from '../../../src/ui/components/App.js';
import type { Pace } from '../../../src/ui/model/pace.js';
import type { StudyView } from '../../../src/ui/types.js';
import { emptyState, finalState, finishedState, searchState } from '../canned.js';

class Stream extends EventEmitter {
  columns = 100;
  rows = 30;
}

class CannedView implements StudyView {
  interrupts = 0;
  readonly listeners = new Set<() => void>();
  current: StudyState = searchState();
  state = () => this.current;
  nowSeconds = () => 77;
  progress: Pace | null = null;
  packing = () => this.progress;
  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  interrupt = () => {
    this.interrupts++;
  };
  change(next: StudyState) {
    this.current = next;
    for (const listener of this.listeners) listener();
  }
}

function start(view: CannedView, stream: Stream) {
  return render(<App view={view} stream={stream} ascii={false} inline={false} />);
}

describe('the application', () => {
  let view: CannedView;
  let stream: Stream;
  let app: ReturnType<typeof start>;

  beforeEach(async () => {
    view = new CannedView();
    stream = new Stream();
    app = start(view, stream);
    await expect.poll(() => view.listeners.size).toBe(1);
  });

  afterEach(() => {
    app.unmount();
    expect(view.listeners.size).toBe(0);
    expect(stream.listenerCount('resize')).toBe(0);
  });

  const selected = () => app.lastFrame()?.match(/^› +(\d+)/m)?.[1];
  const shown = () => app.lastFrame() ?? '';

  test('leaves the last row of the terminal free', () => {
    expect(shown().split('\n')).toHaveLength(29);
  });

  test('shows how far packing is in the place of the phase, and what it still takes below', async () => {
    view.progress = { done: 12_000, total: 60_000, rate: { perSecond: 3100, secondsLeft: 15 } };
    view.change({ ...emptyState, created: view.current.created });
    await expect.poll(() => shown().split('\n')[0]).toMatch(/^ quickstart {2}engine – .*● packing, 20 %$/);
    expect(shown().split('\n')[2]).toContain('packing 12,000 of 60,000 images, 3,100/s, 15 s left');
  });

  test('a burst of keys counts once for each of them', async () => {
    app.stdin.write('jjj');
    await expect.poll(selected).toBe('6');
  });

  test('enter opens the selected trial, esc leads back to it', async () => {
    app.stdin.write('\u001b[B');
    await expect.poll(selected).toBe('10');
    app.stdin.write('\r');
    await expect.poll(shown).toContain('Trial 10  ● running');
    app.stdin.write('\u001b');
    await expect.poll(selected).toBe('10');
  });

  test('tab and ? change the screen', async () => {
    app.stdin.write('\t');
    await expect.poll(shown).toContain('waiting for the search');
    app.stdin.write('?');
    await expect.poll(shown).toContain('stop after saving, to be resumed');
  });

  test('q and ctrl+c ask to stop, once a key, and the screen says so', async () => {
    app.stdin.write('q');
    await expect.poll(shown).toContain('q again stops at once');
    expect(view.interrupts).toBe(1);
    app.stdin.write('\u0003');
    await expect.poll(() => view.interrupts).toBe(2);
  });

  test('an event is drawn soon', async () => {
    view.change(finalState());
    await expect.poll(shown).toContain('final training');
  });

  test('a resized terminal is drawn at its new size', async () => {
    stream.columns = 70;
    stream.rows = 14;
    stream.emit('resize');
    await expect.poll(() => shown().split('\n').length).toBe(13);
    expect(shown()).not.toContain('Brackets');
  });

  test('with the end of the study the application ends too', async () => {
    view.change(finishedState());
    await expect.poll(() => view.listeners.size).toBe(0);
  });
});
