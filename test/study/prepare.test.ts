import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/data/types.js';
import type { ExecutorEvent } from '../../src/executor/executor.js';
import { VirtualClock } from '../../src/executor/simulator.js';
import { architectureOf, workPerImage } from '../../src/space/auto-cost.js';
import { searchSpaceFromPlain, searchSpaceToPlain } from '../../src/space/plain.js';
import type { Configuration, SearchSpace } from '../../src/space/types.js';
import type { StudyEvent } from '../../src/state/events.js';
import { StudyLog } from '../../src/study/log.js';
import { resolutionsToPack } from '../../src/study/packing.js';
import { prepare } from '../../src/study/prepare.js';
import type { Assignment, TrialMessage } from '../../src/trial/protocol.js';
import { plain, temporaryFolder } from '../data/samples.js';
import { preparation, stateOf } from '../report/example-study.js';
import { memoryJournal } from './memory-journal.js';
import { tinySpace } from './simulated.js';

const withScheduler = (changes: Partial<SearchSpace['scheduler']>): SearchSpace => ({
  ...tinySpace,
  scheduler: { ...tinySpace.scheduler, ...changes },
});

describe('the auto space', () => {
  const image = { id: 'a', path: '/data/a', label: 0 };
  const images = (count: number) => Array.from({ length: count }, () => image);
  const dataset = {
    ...{ directory: '/data', layout: 'competition' as const, classes: ['a', 'b'], test: [] },
    ...{ train: images(4000), validation: images(1000) },
  };

  /** Of the networks for images of 32 pixels, which is taken for what cannot be read. */
  const largest = { 'network.width': 64, 'network.blocks': 3, resolution: 32 };
  const workOf = (configuration: Configuration) => workPerImage(architectureOf(configuration));

  /** What a study with four cores asks its probe, and what it tells of the space that it makes of the answer. */
  async function probed(space: SearchSpace | null) {
    const events: readonly StudyEvent[] = space
      ? [{ type: 'space-chosen', at: 0, source: 's', hash: 'h', space: searchSpaceToPlain(space) }]
      : [];
    return await prepared({ events, dataset, isStopped: true });
  }

  /** The same on any data; without `isStopped` up to packing, for which there is no place. */
  async function prepared(study: {
    readonly events: readonly StudyEvent[];
    readonly dataset: Dataset;
    readonly isStopped: boolean;
  }) {
    const asked: Assignment[] = [];
    const stop = new AbortController();
    const log = new StudyLog(memoryJournal(), stateOf([...preparation.slice(0, 1), ...study.events]));
    let tell: (event: ExecutorEvent) => void = () => undefined;
    const say = (message: TrialMessage) => tell({ type: 'message', slot: 0, message });
    const start = (_slot: number, assignment: Assignment) => {
      asked.push(assignment);
      const facts = { engine: 'fake', description: '', precision: 'f32' as const, exclusive: false };
      say({ type: 'hello', protocol: 1, pid: 7, ...facts, unavailable: [], precisions: [] });
      const candidates = assignment.type === 'probe' ? assignment.candidates : [];
      const rates = candidates.map((candidate) => ({
        trainImagesPerSecond: (1000 * workOf(largest)) / workOf(candidate),
        ...{ replicas: 2, inferenceImagesPerSecond: 1, parameters: 1, macsPerImage: 1 },
      }));
      say({ type: 'probe-result', rates });
      // Packing is another matter.
      if (study.isStopped) stop.abort(new Error('seen enough'));
    };
    const idle = () => undefined;
    const done = prepare({
      ...{ log, clock: new VirtualClock(5), packPlaces: [], threads: 4, named: true },
      dataset: async () => study.dataset,
      ...{ executor: { slots: 4, start, stop: idle, renew: idle, close: async () => undefined } },
      listen: (listener) => {
        tell = listener;
        return idle;
      },
      ...{ leaveOut: idle, onPacking: idle, signal: stop.signal },
    });
    await expect(done).rejects.toThrow(study.isStopped ? 'seen enough' : 'a folder with');
    const space = searchSpaceFromPlain(log.state.space?.space);
    return { asked, space, told: log.state.told.map(({ message }) => message) };
  }

  it('is made for the final training: measured with every core, its replicas counted, on every image it will see', async () => {
    const { asked, told } = await probed(null);
    expect(asked).toMatchObject([{ type: 'probe', threads: 4 }]);
    // Of the largest network 1,900 images a second in 65 % of 6 minutes.
    expect(told[0]).toMatch(/makes about 89 passes over 5000 images in 3m54s of final training$/);
  });

  it('apart, ids of test images by another rule than the competition’s are told', async () => {
    const events: readonly StudyEvent[] = [{ type: 'data-fitted', at: 1, part: 1 }];
    const told = async (name: string, id: string) => {
      const data = { ...dataset, test: [{ id, path: `/data/test/${name}`, label: -1 }] };
      return (await prepared({ events, dataset: data, isStopped: false })).told;
    };
    expect((await told('1.2.png', '1.2'))[0]).toMatch(/^the test images' ids are their whole file names/);
    expect((await told('1.2.png', '1'))[0]).toMatch(/^auto space/);
  });

  it('asks for no larger images when only a part of them is used, as packing those was not counted on', async () => {
    const path = join(temporaryFolder(), 'a.png');
    writeFileSync(path, await plain(300, 300, [1, 2, 3]).png().toBuffer());
    const photo = (_: unknown, index: number) => ({ id: 'a', path, label: index % 2 });
    /** The largest side that is packed of so many images, of which a part is used, and the last reasons of the space. */
    const packed = async (images: number, part: number) => {
      const photos = { ...dataset, train: Array.from({ length: images }, photo) };
      const events: readonly StudyEvent[] = [{ type: 'data-fitted', at: 1, part }];
      const { space, told } = await prepared({ events, dataset: photos, isStopped: false });
      return { largest: Math.max(...resolutionsToPack(space, [])), reasons: told.slice(-2).join() };
    };
    const [all, few, part] = [await packed(100_000, 1), await packed(5000, 1), await packed(100_000, 0.05)];
    expect(few.largest).toBeGreaterThan(all.largest);
    expect(part.largest).toBe(all.largest);
    expect(part.reasons).toMatch(/over 6000 images/);
  });

  it('apart, a probe measures what a rung has: one core', async () => {
    expect((await probed(withScheduler({ unit: 'epochs' }))).asked).toMatchObject([{ type: 'probe', threads: 1 }]);
  });
});
