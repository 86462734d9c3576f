import { expect, test } from 'vitest';
import { bestFromState, formatBest } from '../../src/report/best.js';
import { exportCsv, exportJson } from '../../src/report/export.js';
import { created, preparation, stateOf, wholeStudy } from './example-study.js';

const state = stateOf(wholeStudy);

test('CSV has a row a configuration and a column for every parameter that any of them has', () => {
  expect(exportCsv(state, 5).split('\n')).toEqual([
    'rank,trial,score,rung,resource,trainSeconds,images,parameters,seed,origin,network.blocks,network.family,optimizer.learningRate',
    '1,1,0.87,1,30,40,40000,77850,7:trial:1,random,,plain,0.30000000000000004',
    '2,0,0.85,1,30,40,40000,77850,7:trial:0,default,2,residual,0.1',
    '',
  ]);
});

test('a cell is empty where nothing is known', () => {
  const given = stateOf([
    ...preparation,
    created(0, { resolution: 28 }),
    { type: 'search-ended', at: 12, reason: 'the configuration was given', winner: 0 },
  ]);
  expect(exportCsv(given, 5).split('\n')[1]).toBe('1,0,,,,0,0,,7:trial:0,default,28');
});

test('top bounds the rows', () => {
  expect(exportCsv(state, 1).trimEnd().split('\n')).toHaveLength(2);
});

test('JSON is a best.json', () => {
  expect(exportJson(state, 1)).toBe(formatBest(bestFromState(state, 1)));
});

test('a study without a finished rung exports a header alone', () => {
  expect(exportCsv(stateOf(preparation), 5)).toBe(
    'rank,trial,score,rung,resource,trainSeconds,images,parameters,seed,origin\n',
  );
});
