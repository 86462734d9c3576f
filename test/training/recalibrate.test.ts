import { describe, expect, it } from 'vitest';
import { recalibrate, recalibrationImages } from '../../src/training/recalibrate.js';
import type { Recipe } from '../../src/training/recipe.js';
import type { InferenceRequest } from '../../src/training/replicas.js';

async function requestsOf(
  images: number,
  available: number,
  statistics: Recipe['average.statistics'] = 'recomputed',
  first = 0,
) {
  const requests: (InferenceRequest & { readonly seen: number })[] = [];
  const trainer = {
    recalibrate: async (request: InferenceRequest, seen: number) => {
      requests.push({ ...request, seen });
    },
  };
  let told = 0;
  const beforeChunk = () => {
    told++;
  };
  const recipe = { 'average.statistics': statistics };
  const all = Int32Array.from({ length: available }, (_, index) => index + first);
  await recalibrate({ recipe, trainer, position: { images }, images: all, side: 20, beforeChunk });
  expect(told).toBe(requests.length);
  return requests;
}

describe('the statistics of averaged weights', () => {
  it('are of 512 images, fewer after a short training, and not computed after one of some steps', () => {
    expect(recalibrationImages(1e6, 1e6)).toBe(512);
    expect(recalibrationImages(10_000, 1e6)).toBe(300);
    expect(recalibrationImages(2200, 1e6)).toBe(66);
    expect(recalibrationImages(2100, 1e6)).toBe(0);
    expect(recalibrationImages(0, 1e6)).toBe(0);
  });

  it('are of all images where there are few', () => {
    expect(recalibrationImages(1e6, 300)).toBe(300);
    expect(recalibrationImages(1e6, 30)).toBe(30);
    expect(recalibrationImages(900, 30)).toBe(0);
  });

  it('count every image alike, each once, taken evenly from all, in every chunk', async () => {
    for (const available of [100_000, 700, 512, 200]) {
      const requests = await requestsOf(1e6, available);
      const all = requests.flatMap(({ indices }) => [...indices]);
      expect(new Set(all).size).toBe(Math.min(512, available));
      expect(all.length).toBe(Math.min(512, available));
      let seen = 0;
      for (const request of requests) {
        expect(request.seen).toBe(seen);
        seen += request.indices.length;
        expect(request.indices.length).toBeLessThanOrEqual(64);
        expect(Math.min(...request.indices)).toBeLessThan(0.1 * available);
        expect(Math.max(...request.indices)).toBeGreaterThan(0.9 * available - 1);
        expect(Math.max(...request.indices)).toBeLessThan(available);
      }
    }
  });

  it('are of the given images alone', async () => {
    const all = (await requestsOf(1e6, 200, 'recomputed', 5000)).flatMap(({ indices }) => [...indices]);
    expect([Math.min(...all), Math.max(...all)]).toEqual([5000, 5199]);
  });

  it('stay averages where the recipe wants them so', async () => {
    expect(await requestsOf(1e6, 1000, 'averaged')).toEqual([]);
  });

  it('are those of training images as they are, at the side that is judged', async () => {
    const [first] = await requestsOf(1e6, 1000);
    expect(first).toMatchObject({ split: 'train', view: { side: 20, mirrored: false, shift: 0 } });
  });
});
