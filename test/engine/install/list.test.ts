import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listEngines } from '../../../src/engine/install/list.js';
import { removeEngines } from '../../../src/engine/install/remove.js';
import { temporaryFolder } from './surroundings.js';

function enginesWithCpu(): string {
  const engines = temporaryFolder();
  mkdirSync(join(engines, 'cpu'));
  const manifest = { version: 1, device: 'cpu', tensorflow: '2.18.1', package: 'tensorflow-cpu', addon: 'a.node' };
  writeFileSync(join(engines, 'cpu', 'a.node'), Buffer.alloc(20_000_000));
  writeFileSync(join(engines, 'cpu', 'engine.json'), JSON.stringify({ ...manifest, bytes: 20_000_000 }));
  return engines;
}

const own = (engines: string) =>
  listEngines({ HYPERBUDGET_ENGINES: engines }).filter((line) => !line.startsWith('npm'));

describe('the list of engines', () => {
  it('has a line for each device, installed or not', () => {
    const engines = enginesWithCpu();
    expect(own(engines)).toEqual([
      `cpu        TensorFlow 2.18.1 (tensorflow-cpu), 0.02 GB, ${join(engines, 'cpu')}`,
      'gpu        not installed',
    ]);
  });

  it('names a damaged one and the downloads that wait', () => {
    const engines = temporaryFolder();
    mkdirSync(join(engines, 'gpu'));
    mkdirSync(join(engines, 'downloads'));
    writeFileSync(join(engines, 'downloads', 'a.whl'), Buffer.alloc(10_000_000));
    const [cpu, gpu, downloads] = own(engines);
    expect(cpu).toBe('cpu        not installed');
    expect(gpu).toContain(`${join(engines, 'gpu')} is of no use: engine.json: ENOENT`);
    expect(downloads).toBe('downloads  0.01 GB of an unfinished installation');
  });
});

describe('removing', () => {
  it('one engine leaves everything else', () => {
    const engines = enginesWithCpu();
    mkdirSync(join(engines, 'downloads'));
    expect(removeEngines(engines, 'gpu')).toEqual([`nothing to remove: ${join(engines, 'gpu')} is not there`]);
    expect(removeEngines(engines, 'cpu')).toEqual([`removed ${join(engines, 'cpu')} (0.02 GB)`]);
    expect(own(engines)).toEqual([
      'cpu        not installed',
      'gpu        not installed',
      expect.stringMatching(/^downloads/),
    ]);
  });

  it('all of them takes the downloads too', () => {
    const engines = enginesWithCpu();
    mkdirSync(join(engines, 'downloads'));
    mkdirSync(join(engines, '.building'));
    expect(removeEngines(engines, null)).toHaveLength(3);
    expect(own(engines)).toEqual(['cpu        not installed', 'gpu        not installed']);
  });
});
