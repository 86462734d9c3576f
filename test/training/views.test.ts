import { describe, expect, it } from 'vitest';
import { viewed, viewsOf, viewText } from '../../src/training/views.js';

describe('an image in a view', () => {
  /** Two images of 3 px: red counts the pixels. */
  const images = Uint8Array.from({ length: 2 * 27 }, (_, byte) => (byte % 3 === 0 ? byte / 3 : 200));
  const red = (shown: Uint8Array) => Array.from({ length: 18 }, (_, pixel) => shown[pixel * 3]);
  const view = { side: 3, mirrored: false, shift: 0 };

  it('is as it is where nothing is changed', () => {
    expect(viewed(images, view)).toEqual(images);
  });

  it('mirrored is turned left to right, each image for itself', () => {
    const before = images.slice();
    expect(red(viewed(images, { ...view, mirrored: true }))).toEqual([
      ...[2, 1, 0, 5, 4, 3, 8, 7, 6],
      ...[11, 10, 9, 14, 13, 12, 17, 16, 15],
    ]);
    expect(images).toEqual(before);
  });

  it('moved shows what lies beside it, reflected at the edge', () => {
    const [first] = [red(viewed(images, { ...view, shift: 1 }))];
    expect(first.slice(0, 9)).toEqual([4, 5, 4, 7, 8, 7, 4, 5, 4]);
    expect(red(viewed(images, { ...view, shift: -1 })).slice(0, 9)).toEqual([4, 3, 4, 1, 0, 1, 4, 3, 4]);
  });
});

describe('the views of a test image', () => {
  const small = { evaluation: 32, full: 32 };

  it('are as many as are asked for, the image as it is first and its mirror image second', () => {
    expect(viewsOf(small, true, 1).map(viewText)).toEqual(['32 px']);
    expect(viewsOf(small, true, 2).map(viewText)).toEqual(['32 px', '32 px mirrored']);
  });

  it('are moved by a pixel with half the weight after that', () => {
    const views = viewsOf(small, true, 8);
    expect(views.map(viewText)).toEqual([
      '32 px',
      '32 px mirrored',
      '32 px moved by -1 px',
      '32 px mirrored moved by -1 px',
      '32 px moved by 1 px',
      '32 px mirrored moved by 1 px',
    ]);
    expect(views.map(({ weight }) => weight)).toEqual([1, 1, 0.5, 0.5, 0.5, 0.5]);
  });

  it('take the side of the training images too where that is another one', () => {
    expect(viewsOf({ evaluation: 160, full: 128 }, true, 5).map(viewText)).toEqual([
      '160 px',
      '160 px mirrored',
      '128 px',
      '128 px mirrored',
      '160 px moved by -5 px',
    ]);
  });

  it('are not mirrored where the network was not trained on mirrored images', () => {
    const words = viewsOf({ evaluation: 36, full: 32 }, false, 8).map(viewText);
    expect(words).toEqual(['36 px', '32 px', '36 px moved by -1 px', '36 px moved by 1 px']);
  });
});
