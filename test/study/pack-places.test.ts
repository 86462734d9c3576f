import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packPlaces } from '../../src/study/pack-places.js';
import { temporaryFolder } from './tiny-study.js';

it('images are packed in the cache, else in the folder of the study, else in the temporary folder', () => {
  const places = packPlaces('/cache', '/study', null);
  expect(places.slice(0, 2)).toEqual(['/cache', '/study/packed']);
  expect(places[2]?.startsWith(tmpdir())).toBe(true);
  expect(packPlaces('/cache', '/study', '/cache/v1-f00-8')).toEqual(places);
});

it('a resumed study looks first where it had to pack, while that is there', () => {
  const study = temporaryFolder();
  const packed = join(study, 'packed', 'v1-f00-8');
  expect(packPlaces('/cache', study, packed)[0]).toBe('/cache');
  mkdirSync(packed, { recursive: true });
  expect(packPlaces('/cache', study, packed).slice(0, 2)).toEqual([join(study, 'packed'), '/cache']);
});
