import { describe, expect, it } from 'vitest';
import { evaluate, evaluationLimits, measureInference, predict } from '../../src/training/evaluate.js';
import type { InferenceRequest } from '../../src/training/replicas.js';
import type { WeightedView } from '../../src/training/views.js';

const classes = 3;

/** An inference that takes 1 ms an image, and says class `answer(image, mirrored)` with probability 0.8. */
function inference(answer: (image: number, mirrored: boolean) => number, replicas = 1) {
  let clock = 0;
  const requests: InferenceRequest[] = [];
  return {
    requests,
    now: () => clock,
    trainer: {
      replicas,
      infer: async (request: InferenceRequest) => {
        requests.push(request);
        clock += request.indices.length / 1000;
        const rows = Array.from(request.indices, (image) =>
          Array.from({ length: classes }, (_, index) => (index === answer(image, request.view.mirrored) ? 0.8 : 0.1)),
        );
        return Float32Array.from(rows.flat());
      },
    },
  };
}

const labels = Int32Array.from({ length: 3000 }, (_, image) => image % classes);
const order = Int32Array.from({ length: 3000 }, (_, place) => (place * 7) % 3000);
const options = { split: 'validation', side: 24, labels, classes, order, beforeChunk: () => undefined } as const;
const within = (seconds: number) => ({ enough: seconds, further: seconds });

describe('evaluate', () => {
  it('gives top-1 and the mean cross entropy', async () => {
    const { trainer, now } = inference((image) => (image % 4 === 0 ? (image + 1) % classes : image % classes));
    const { score, loss, images } = await evaluate({ ...options, trainer, now, limits: within(100) });
    expect(images).toBe(3000);
    expect(score).toBe(0.75);
    expect(loss).toBeCloseTo(-(0.75 * Math.log(0.8) + 0.25 * Math.log(0.1)), 5);
  });

  it('takes as many images as the limit allows', async () => {
    const { trainer, now } = inference((image) => image % classes);
    const { images, seconds, imagesPerSecond } = await evaluate({ ...options, trainer, now, limits: within(1.5) });
    expect(images).toBe(1500);
    expect(seconds).toBeCloseTo(1.5, 3);
    expect(imagesPerSecond).toBeCloseTo(1000, 3);
  });

  it.each([
    ['2000 images where they take longer than the further ones may', { enough: 2.5, further: 0.5 }, 2000],
    ['fewer than 2000 where even they take too long', { enough: 1, further: 0.5 }, 1000],
    ['more where they are judged in no time', { enough: 9, further: 2.6 }, 2600],
  ])('judges %s', async (_, limits, expected) => {
    const { trainer, now } = inference((image) => image % classes);
    expect((await evaluate({ ...options, trainer, now, limits })).images).toBe(expected);
  });

  it('does not take a small last chunk for the speed of the rest', async () => {
    let clock = 0;
    const { trainer } = inference((image) => image % classes);
    const infer: typeof trainer.infer = (request) => {
      // Starting takes as long as 100 images.
      clock += 0.1 + request.indices.length / 1000;
      return trainer.infer(request);
    };
    const judged = await evaluate({
      ...options,
      trainer: { ...trainer, infer },
      now: () => clock,
      limits: within(3),
    });
    expect(judged.images).toBeGreaterThan(1000);
  });

  it('takes the beginning of the order, also where the machine becomes slower meanwhile', async () => {
    let clock = 0;
    const { trainer, requests } = inference((image) => image % classes);
    const infer: typeof trainer.infer = (request) => {
      clock += request.indices.length / (requests.length < 10 ? 1000 : 300);
      return trainer.infer(request);
    };
    const { images } = await evaluate({
      ...options,
      trainer: { ...trainer, infer },
      now: () => clock,
      limits: within(2),
    });
    expect(images).toBeLessThan(1500);
    expect(requests.flatMap(({ indices }) => [...indices])).toEqual([...order.slice(0, images)]);
  });

  it('takes the two chunks that show the speed, however short the limit, and no more', async () => {
    const { trainer, now } = inference((image) => image % classes);
    expect((await evaluate({ ...options, trainer, now, limits: within(0.01) })).images).toBe(128);
  });

  it('takes all images of a small split, each once', async () => {
    const { trainer, now, requests } = inference(() => 0);
    const small = { ...options, labels: labels.slice(0, 100), order: order.filter((image) => image < 100) };
    expect((await evaluate({ ...small, trainer, now, limits: within(1) })).images).toBe(100);
    expect(requests.flatMap(({ indices }) => [...indices]).sort((a, b) => a - b)).toEqual(
      Array.from(labels.slice(0, 100).keys()),
    );
  });

  it('has a loss that is not finite when the model has diverged', async () => {
    const { trainer, now } = inference(() => 0);
    const diverged = { ...trainer, infer: async () => new Float32Array(64 * classes).fill(Number.NaN) };
    expect((await evaluate({ ...options, trainer: diverged, now, limits: within(1) })).loss).toBeNaN();
  });

  it('refuses a split without images', async () => {
    const { trainer, now } = inference(() => 0);
    const empty = { ...options, labels: new Int32Array(), trainer, now, limits: within(1) };
    await expect(evaluate(empty)).rejects.toThrow('the validation split has no images');
    const foreign = { ...options, limits: within(1), order: new Int32Array(), trainer, now };
    await expect(evaluate(foreign)).rejects.toThrow('no images of the classes trained on');
  });
});

describe('what judging a rung may take', () => {
  it('is a part of its training that shrinks with longer rungs once enough images are judged', () => {
    expect(evaluationLimits(4)).toEqual({ enough: 0.2, further: 0.2 });
    expect(evaluationLimits(30)).toEqual({ enough: 1.5, further: 0.6 });
    expect(evaluationLimits(1000).enough).toBe(50);
    expect(evaluationLimits(1000).further / 1000).toBeLessThan(0.011);
  });
});

const plain: WeightedView = { side: 24, mirrored: false, shift: 0, weight: 1 };
const mirrored: WeightedView = { ...plain, mirrored: true };

describe('predict', () => {
  const images = {
    split: 'test',
    count: 300,
    classes,
    views: [plain, mirrored],
    beforeChunk: () => undefined,
  } as const;

  it('gives a class for every image in order', async () => {
    const { trainer, now, requests } = inference((image) => (image * 7) % classes);
    const predictions = await predict({ ...images, views: [plain], trainer, now, until: 100 });
    expect([...predictions.classes]).toEqual(Array.from({ length: 300 }, (_, image) => (image * 7) % classes));
    expect(requests.map(({ view }) => view)).toEqual(Array(5).fill(plain));
  });

  it('counts further views too when time allows', async () => {
    // Equal votes for classes 1 and 2: the lower index wins; mirrored alone would say 1.
    const { trainer, now } = inference((_, isMirrored) => (isMirrored ? 1 : 2));
    const predictions = await predict({ ...images, trainer, now, until: 100 });
    expect(predictions.images).toEqual([300, 300]);
    expect(new Set(predictions.classes)).toEqual(new Set([1]));
  });

  it('counts each view by its weight', async () => {
    const half = { ...mirrored, weight: 0.5 };
    const predicted = async (further: readonly WeightedView[]) => {
      const { trainer, now } = inference((_, isMirrored) => (isMirrored ? 1 : 2));
      return new Set((await predict({ ...images, views: [plain, ...further], trainer, now, until: 100 })).classes);
    };
    expect(await predicted([half])).toEqual(new Set([2]));
    expect(await predicted([half, half, half])).toEqual(new Set([1]));
  });

  it('stops at the end of its time, in the midst of a view too, and still has every prediction', async () => {
    const { trainer, now } = inference((image) => image % classes);
    const views = [plain, mirrored, plain] as const;
    const predictions = await predict({ ...images, views, trainer, now, until: 0.45 });
    expect(predictions.images).toEqual([300, 128, 0]);
    expect(now()).toBeLessThanOrEqual(0.45);
    expect([...predictions.classes]).toEqual(Array.from({ length: 300 }, (_, image) => image % classes));
  });

  it('begins no further view that a whole chunk would carry beyond the time, however short the last one was', async () => {
    const { trainer, now } = inference((image) => image % classes);
    const predictions = await predict({ ...images, count: 66, trainer, now, until: 0.066 + 0.06 });
    expect(predictions.images).toEqual([66, 0]);
    const few = inference((image) => image % classes);
    const shown = await predict({ ...images, count: 20, trainer: few.trainer, now: few.now, until: 0.05 });
    expect(shown.images).toEqual([20, 20]);
  });

  it('expects a view of larger images to take as much longer as it has more pixels', async () => {
    const { trainer, now } = inference((image) => image % classes);
    const larger = { ...plain, side: 48 };
    // A whole chunk takes 0.064 s, the last one of the first view 0.044 s.
    const short = await predict({ ...images, views: [plain, larger], trainer, now, until: 0.3 + 0.25 });
    expect(short.images).toEqual([300, 0]);
    const begun = now();
    const long = await predict({ ...images, views: [plain, larger], trainer, now, until: begun + 0.3 + 0.26 });
    expect(long.images).toEqual([300, 256]);
  });
});

describe('measureInference', () => {
  it('gives the seconds of a chunk of 64 images a replica once warm, each of other images', async () => {
    const { trainer, now, requests } = inference(() => 0, 2);
    const { chunkImages, chunkSeconds } = await measureInference({ trainer, split: 'test', now, view: plain }, 1000, 0);
    expect(chunkImages).toBe(128);
    expect(chunkSeconds).toHaveLength(3);
    for (const seconds of chunkSeconds) expect(seconds).toBeCloseTo(0.128, 9);
    await measureInference({ trainer, split: 'test', now, view: plain }, 1000, 1);
    const firsts = requests.map(({ indices }) => indices[0]);
    expect(firsts).toEqual([0, 128, 256, 384, 512, 640, 768, 896]);
    expect(requests.at(-1)?.indices.at(-1)).toBe(23);
  });

  it('has nothing to time where there are no images', async () => {
    const { trainer, now, requests } = inference(() => 0, 2);
    expect(await measureInference({ trainer, split: 'test', now, view: plain }, 0, 0)).toEqual({
      chunkImages: 0,
      chunkSeconds: [],
    });
    expect(requests).toEqual([]);
  });
});
