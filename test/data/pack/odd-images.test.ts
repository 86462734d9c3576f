import { expect, test } from 'vitest';
import { lostImages } from '../../../src/data/pack/odd-images.js';

test('images that nothing can be seen of are told with their number and the first of them, other odd ones are not', () => {
  const odd = [
    { path: '/d/a.png', kind: 'grey' },
    { path: '/d/b.png', kind: 'unreadable' },
    { path: '/d/c.png', kind: 'undecodable' },
    { path: '/d/d.png', kind: 'unreadable' },
  ] as const;
  expect(lostImages({ grey: 1, unreadable: 2, undecodable: 1 }, odd)).toEqual([
    '2 image files are unreadable, /d/b.png the first: left out of training and validation, grey in test',
    '1 image file is undecodable, /d/c.png: left out of training and validation, grey in test',
  ]);
  expect(lostImages({ grey: 1 }, odd)).toEqual([]);
});
