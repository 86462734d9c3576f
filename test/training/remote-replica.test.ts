import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DamagedDataError } from '../../src/data/damage.js';
import { OutOfMemoryError } from '../../src/engine/engine.js';
import { ThreadReplica } from '../../src/training/remote-replica.js';

const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** A thread that answers with the given script; `port` and `say` are at hand. */
function thread(script: string, timeoutSeconds = 60): ThreadReplica {
  const code = `const { parentPort: port } = require('node:worker_threads'); const say = (m) => port.postMessage(m);
    say({ type: 'ready' }); ${script}`;
  const worker = new Worker(code, { eval: true });
  workers.push(worker);
  return new ThreadReplica(worker, new Float32Array(2), timeoutSeconds);
}

describe('a replica on another thread', () => {
  it('answers requests in order', async () => {
    const replica = thread(`port.on('message', (m) => {
      if (m.type === 'accumulate') say({ type: 'accumulated', sum: { lossSum: 3, images: 2, dataSeconds: 1 } });
      if (m.type === 'infer') say({ type: 'inferred', probabilities: new Float32Array(m.request.indices) });
    });`);
    await replica.ready();
    expect(await replica.accumulate()).toEqual({ lossSum: 3, images: 2, dataSeconds: 1 });
    const request = {
      split: 'test',
      indices: Int32Array.of(4, 5),
      view: { side: 8, mirrored: false, shift: 0 },
    } as const;
    expect([...(await replica.infer(request))]).toEqual([4, 5]);
    await replica.dispose();
  });

  it('is told how strongly to regularise before its next batch', async () => {
    const replica = thread(`let strength = 1; port.on('message', (m) => {
      if (m.type === 'regularise') strength = m.strength;
      if (m.type === 'accumulate') say({ type: 'accumulated', sum: { lossSum: strength, images: 2, dataSeconds: 1 } });
    });`);
    await replica.ready();
    expect((await replica.accumulate()).lossSum).toBe(1);
    replica.regularise(0.5);
    expect((await replica.accumulate()).lossSum).toBe(0.5);
    await replica.dispose();
  });

  it('computes statistics and says when it has', async () => {
    const replica = thread(`let asked = null; port.on('message', (m) => {
      if (m.type === 'recalibrate') { asked = [...m.request.indices, m.seen]; say({ type: 'recalibrated' }); }
      if (m.type === 'infer') say({ type: 'inferred', probabilities: Float32Array.from(asked) });
    });`);
    await replica.ready();
    const request = {
      split: 'train',
      indices: Int32Array.of(4, 5),
      view: { side: 8, mirrored: false, shift: 0 },
    } as const;
    await replica.recalibrate(request, 7);
    expect([...(await replica.infer(request))]).toEqual([4, 5, 7]);
    await replica.dispose();
  });

  it('that dies is an error for whoever waits and for whoever asks later', async () => {
    const replica = thread(`port.on('message', () => process.exit(7));`);
    await replica.ready();
    await expect(replica.accumulate()).rejects.toThrow('ended with code 7');
    await expect(replica.accumulate()).rejects.toThrow('ended with code 7');
  });

  it('that throws is an error with its message', async () => {
    const replica = thread(`port.on('message', () => { throw new Error('broken'); });`);
    await replica.ready();
    await expect(replica.accumulate()).rejects.toThrow('broken');
  });

  it('that stays silent is an error, not a hang', async () => {
    const replica = thread(`port.on('message', () => undefined);`, 0.02);
    await expect(replica.ready().then(() => replica.accumulate())).rejects.toThrow('did not answer within 0.02 s');
  });

  it.each([
    ['out-of-memory', OutOfMemoryError],
    ['data', DamagedDataError],
  ])('passes on what kind of error it was: %s', async (kind, expected) => {
    const replica = thread(`port.on('message', () => say({ type: 'failed', message: 'too much', kind: '${kind}' }));`);
    await replica.ready();
    await expect(replica.accumulate()).rejects.toThrow(expected);
  });

  describe('that works for longer than an answer may take', () => {
    /** A thread that says nothing by itself, on a clock that is moved by hand. */
    function silentThread() {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const worker = Object.assign(new EventEmitter(), { postMessage: () => undefined });
      const replica = new ThreadReplica(worker as unknown as Worker, new Float32Array(2), 60);
      const sum = { lossSum: 3, images: 2, dataSeconds: 1 };
      return {
        answer: replica.accumulate(),
        works: () => worker.emit('message', { type: 'working' }),
        ends: () => worker.emit('message', { type: 'accumulated', sum }),
        sum,
      };
    }
    const passes = async (seconds: number) => {
      vi.advanceTimersByTime(seconds * 1000);
      await new Promise((resolve) => setImmediate(resolve));
    };
    afterEach(() => {
      vi.useRealTimers();
    });

    it('is waited for as long as it says so', async () => {
      const { answer, works, ends, sum } = silentThread();
      for (let run = 0; run < 3; run++) {
        await passes(50);
        works();
      }
      await passes(50);
      ends();
      expect(await answer).toEqual(sum);
    });

    it('is heard before the verdict where this thread was busy itself', async () => {
      const { answer, works, ends, sum } = silentThread();
      const busy = passes(70);
      works();
      await busy;
      ends();
      expect(await answer).toEqual(sum);
    });

    it('is lost once it says no more', async () => {
      const { answer, works } = silentThread();
      const lost = expect(answer).rejects.toThrow('did not answer within 60 s');
      await passes(50);
      works();
      await passes(50);
      await passes(11);
      await lost;
    });
  });
});
