import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileBytes, folderBytes, readEngineFolder, removeFolder } from '../../../src/engine/install/registry.js';
import { temporaryFolder } from './surroundings.js';

const manifest = {
  version: 1,
  device: 'cpu',
  tensorflow: '2.18.1',
  package: 'tensorflow-cpu',
  addon: 'tfjs_binding.node',
  bytes: 12,
};

function engines(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'cpu', 'lib'), { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, 'cpu', name), content);
  return folder;
}

const whole = { 'tfjs_binding.node': '12345', 'lib/a.so': '1234567' };

describe('the folder of an engine', () => {
  it('is an installed engine with its engine.json', () => {
    const folder = engines({ ...whole, 'engine.json': JSON.stringify(manifest) });
    expect(readEngineFolder(folder, 'cpu')).toEqual({ directory: join(folder, 'cpu'), manifest });
    expect(readEngineFolder(folder, 'gpu')).toBeNull();
  });

  it.each([
    ['without engine.json', whole, 'engine.json: ENOENT'],
    ['with half an engine.json', { ...whole, 'engine.json': '{"version": 1' }, 'engine.json: '],
    [
      'of a later version',
      { ...whole, 'engine.json': JSON.stringify({ ...manifest, version: 2 }) },
      'engine.json: not as this version writes it',
    ],
    [
      'of another device',
      { ...whole, 'engine.json': JSON.stringify({ ...manifest, device: 'gpu' }) },
      'its engine.json is that of gpu',
    ],
    [
      'with a library cut short',
      { ...whole, 'lib/a.so': '12', 'engine.json': JSON.stringify(manifest) },
      'its files have 7 bytes instead of 12',
    ],
  ])('is of no use %s', (_, files, damage) => {
    const found = readEngineFolder(engines(files), 'cpu');
    expect(found && 'damage' in found && found.damage).toContain(damage);
  });
});

describe('sizes', () => {
  it('of a folder are those of all files below it', () => {
    expect(folderBytes(engines(whole))).toBe(12);
  });

  it('of a file that is not there are 0', () => {
    expect(fileBytes(join(temporaryFolder(), 'none'))).toBe(0);
  });
});

describe('removing a folder', () => {
  it('tells what it held, and that it was not there', () => {
    const folder = engines(whole);
    expect(removeFolder(folder)).toBe(12);
    expect(existsSync(folder)).toBe(false);
    expect(removeFolder(folder)).toBeNull();
  });
});
