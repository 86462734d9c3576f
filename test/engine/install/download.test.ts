import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { downloadArchives, pipEnvironment } from '../../../src/engine/install/download.js';
import { archivesOf } from '../../../src/engine/install/packages.js';
import { fakeRegistry, fakeTool, notingListener, temporaryFolder } from './surroundings.js';

const clients = { pip: fakeTool, npm: fakeTool };

describe('a download', () => {
  it('fills the folder with whole archives, wheels by pip and sources by npm, and counts to the end', async () => {
    const { recipe, env, calls, folder: served } = fakeRegistry();
    const folder = join(temporaryFolder(), 'new');
    const { listener, progressed } = notingListener();
    await downloadArchives(archivesOf(recipe), folder, { ...clients, env, listener });
    expect(calls()).toEqual(['pack', 'download']);
    expect(readdirSync(folder).sort()).toEqual(
      archivesOf(recipe)
        .map(({ file }) => file)
        .sort(),
    );
    for (const { file } of archivesOf(recipe)) {
      expect(readFileSync(join(folder, file)).equals(readFileSync(join(served, file)))).toBe(true);
    }
    const last = progressed.at(-1);
    expect(last?.what).toBe('downloading');
    expect(last?.done).toBe(last?.total);
  });

  it('asks pip for one file by its hash, for Linux on x86-64, without what it depends on', async () => {
    const { recipe, env, folder } = fakeRegistry();
    await downloadArchives(recipe.wheels, temporaryFolder(), { ...clients, env, listener: notingListener().listener });
    const call = readFileSync(join(folder, 'calls.txt'), 'utf8');
    for (const word of ['--no-deps', '--only-binary=:all:', '--platform manylinux_2_17_x86_64', '--no-cache-dir']) {
      expect(call).toContain(word);
    }
  });

  it('tells the last lines of a client that finds nothing, and leaves nothing of its own', async () => {
    const { recipe, env, folder: served } = fakeRegistry();
    writeFileSync(join(served, 'index.json'), '{}');
    const folder = temporaryFolder();
    const { listener } = notingListener();
    await expect(downloadArchives(recipe.wheels, folder, { ...clients, env, listener })).rejects.toThrow(
      /tensorflow-cpu==9 cannot be downloaded: .*No matching distribution found for tensorflow-cpu==9/s,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('does not take another file for the one that it wants', async () => {
    const { recipe, env, folder: served } = fakeRegistry();
    const [wheel] = recipe.wheels;
    const content = readFileSync(join(served, wheel.file));
    writeFileSync(join(served, wheel.file), Buffer.alloc(content.length));
    const folder = temporaryFolder();
    const { listener } = notingListener();
    await expect(downloadArchives([wheel], folder, { ...clients, env, listener })).rejects.toThrow(
      `expected ${wheel.file} as published, got other files`,
    );
    expect(existsSync(join(folder, wheel.file))).toBe(false);
  });

  it('clears away what a killed one has left', async () => {
    const { recipe, env } = fakeRegistry();
    const folder = temporaryFolder();
    mkdirSync(join(folder, '.partial-abcdef'));
    writeFileSync(join(folder, '.partial-abcdef', 'half.whl'), 'half');
    await downloadArchives([recipe.sources], folder, { ...clients, env, listener: notingListener().listener });
    expect(readdirSync(folder)).toEqual([recipe.sources.file]);
  });
});

describe("pip's environment", () => {
  const env = { UV_DEFAULT_INDEX: 'https://own/simple', UV_EXTRA_INDEX_URL: 'https://more/simple' };

  it('has its temporary files where the download goes', () => {
    expect(pipEnvironment({ pip: ['python3', '-m', 'pip'], env }, '/there')).toEqual({ ...env, TMPDIR: '/there' });
  });

  it("has uv's registries where uv runs it, unless it has its own", () => {
    const pip = ['uv', 'tool', 'run', 'pip'];
    expect(pipEnvironment({ pip, env }, '/there')).toMatchObject({
      PIP_INDEX_URL: 'https://own/simple',
      PIP_EXTRA_INDEX_URL: 'https://more/simple',
    });
    const own = { ...env, PIP_INDEX_URL: 'https://pip/simple' };
    expect(pipEnvironment({ pip, env: own }, '/there')).toMatchObject({ PIP_INDEX_URL: 'https://pip/simple' });
  });
});
