import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { downloadEngine, type InstallSurroundings, installEngine } from '../../../src/engine/install/install.js';
import { archivesOf } from '../../../src/engine/install/packages.js';
import { readEngineFolder } from '../../../src/engine/install/registry.js';
import { type FakeRegistry, fakeRegistry, fitMachine, notingListener, temporaryFolder } from './surroundings.js';

const works = async () => '100 images/s';
const fails = async () => {
  throw new Error('it computes wrongly');
};

/** A registry, a folder of engines, and how to install from the one into the other. */
function place() {
  const registry = fakeRegistry();
  const engines = temporaryFolder();
  const { listener, steps } = notingListener();
  const surroundings = { machine: fitMachine, env: registry.env, listener, verify: works };
  const request = { recipe: registry.recipe, engines, from: null, force: false };
  const install = (changes: Partial<InstallSurroundings> = {}, more: Partial<typeof request | { from: string }> = {}) =>
    installEngine({ ...request, ...more }, { ...surroundings, ...changes });
  return { registry, engines, steps, install };
}

const filesOf = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .sort();

const files = ['engine.json', 'lib/libtensorflow_cc.so.2', 'lib/libtensorflow_framework.so.2', 'tfjs_binding.node'];
const downloadsOf = ({ recipe }: FakeRegistry) => archivesOf(recipe).map(({ file }) => `downloads/${file}`);

describe('an engine', () => {
  it('stands in its folder with libraries, addon and engine.json, and nothing else is left', async () => {
    const { engines, install } = place();
    const installed = await install();
    expect(installed).toMatchObject({ directory: join(engines, 'cpu'), built: true, measured: '100 images/s' });
    expect(filesOf(engines)).toEqual(files.map((file) => `cpu/${file}`));
    expect(readEngineFolder(engines, 'cpu')).toMatchObject({
      manifest: { device: 'cpu', tensorflow: '9', package: 'tensorflow-cpu', bytes: installed.bytes },
    });
  });

  it('is tried before it is in place, in a folder of engines of its own', async () => {
    const { engines, install } = place();
    let seen: readonly unknown[] = [];
    const verify = async (folder: string) => {
      seen = [folder === engines, readEngineFolder(folder, 'cpu'), readEngineFolder(engines, 'cpu')];
      return 'works';
    };
    await install({ verify });
    expect(seen).toEqual([false, expect.objectContaining({ manifest: expect.anything() }), null]);
  });

  it('that is installed and works is left alone', async () => {
    const { registry, install } = place();
    await install();
    const before = registry.calls().length;
    expect(await install()).toMatchObject({ built: false, measured: '100 images/s' });
    expect(registry.calls().length).toBe(before);
  });

  it('is built anew by force', async () => {
    const { install } = place();
    await install();
    expect(await install({}, { force: true })).toMatchObject({ built: true });
  });

  it('whose files have changed is built anew', async () => {
    const { engines, steps, install } = place();
    await install();
    writeFileSync(join(engines, 'cpu', 'tfjs_binding.node'), '');
    expect(await install()).toMatchObject({ built: true });
    expect(steps.join('\n')).toContain('is of no use');
    expect(readFileSync(join(engines, 'cpu', 'tfjs_binding.node'), 'utf8')).toBe('the addon');
  });

  it('that is whole but does not work any more is not downloaded again for that', async () => {
    const { registry, install } = place();
    await install();
    const before = registry.calls().length;
    await expect(install({ verify: fails })).rejects.toThrow(
      /is installed but does not work now: it computes wrongly\n--force/,
    );
    expect(registry.calls().length).toBe(before);
  });

  it('need not be tried', async () => {
    const { install } = place();
    expect(await install({ verify: null })).toMatchObject({ built: true, measured: null });
    expect(await install({ verify: null })).toMatchObject({ built: false, measured: null });
  });

  it('keeps its symbols where there is no strip, and says so', async () => {
    const { steps, install } = place();
    await install();
    expect(steps.join('\n')).toContain('no program strip');
  });
});

describe('an installation that ends early', () => {
  it('leaves no engine but the downloads when the trial fails, and goes on from them', async () => {
    const { registry, engines, install } = place();
    await expect(install({ verify: fails })).rejects.toThrow('it computes wrongly');
    expect(filesOf(engines)).toEqual(downloadsOf(registry).sort());
    await install();
    expect(registry.calls().filter((call) => call !== 'compile')).toEqual(['pack', 'download']);
  });

  it('leaves the old engine where a new one fails', async () => {
    const { engines, install } = place();
    await install();
    await expect(install({ verify: fails }, { force: true })).rejects.toThrow('it computes wrongly');
    expect(readEngineFolder(engines, 'cpu')).toMatchObject({ manifest: expect.anything() });
  });

  it('by a kill is no engine, and what it left is cleared away', async () => {
    const { engines, install } = place();
    mkdirSync(join(engines, '.building', 'cpu', 'lib'), { recursive: true });
    writeFileSync(join(engines, '.building', 'cpu', 'lib', 'half.so'), 'half');
    expect(readEngineFolder(engines, 'cpu')).toBeNull();
    await install();
    expect(existsSync(join(engines, '.building'))).toBe(false);
    expect(filesOf(engines)).toEqual(files.map((file) => `cpu/${file}`));
  });

  it('tidies up when it is interrupted', async () => {
    const { registry, engines, install } = place();
    const controller = new AbortController();
    const reason = new Error('stopped by the user');
    const verify = async () => {
      controller.abort(reason);
      return 'too late';
    };
    await expect(install({ verify, signal: controller.signal })).rejects.toBe(reason);
    expect(filesOf(engines)).toEqual(downloadsOf(registry).sort());
  });

  it('does not begin on a machine that lacks something', async () => {
    const { registry, engines, install } = place();
    await expect(install({ machine: { ...fitMachine, freeBytes: 1000 } })).rejects.toThrow('free in');
    expect(registry.calls()).toEqual([]);
    expect(filesOf(engines)).toEqual([]);
  });

  it('keeps the downloads of other engines', async () => {
    const { engines, install } = place();
    mkdirSync(join(engines, 'downloads'));
    writeFileSync(join(engines, 'downloads', 'other.whl'), 'other');
    await install();
    expect(filesOf(join(engines, 'downloads'))).toEqual(['other.whl']);
  });
});

describe('without network', () => {
  const offline = { ...fitMachine, pip: null, npm: null };

  it('an engine is built from a folder that a download filled, which stays as it is', async () => {
    const { registry, engines, install } = place();
    const folder = temporaryFolder();
    const { listener } = notingListener();
    await downloadEngine(registry.recipe, folder, { machine: fitMachine, env: registry.env, listener });
    const before = filesOf(folder);
    expect(before).toEqual(
      archivesOf(registry.recipe)
        .map(({ file }) => file)
        .sort(),
    );
    expect(await install({ machine: offline }, { from: folder })).toMatchObject({ built: true });
    expect(filesOf(folder)).toEqual(before);
    expect(filesOf(engines)).toEqual(files.map((file) => `cpu/${file}`));
    expect(registry.calls()).toEqual(['pack', 'download', 'compile']);
  });

  it('a folder that lacks something is refused with its name', async () => {
    const { registry, install } = place();
    const [wheel] = registry.recipe.wheels;
    await expect(install({ machine: offline }, { from: temporaryFolder() })).rejects.toThrow(`no ${wheel.file}`);
    expect(registry.calls()).toEqual([]);
  });

  it('a folder is filled only once', async () => {
    const { registry } = place();
    const folder = temporaryFolder();
    const { listener, steps } = notingListener();
    const surroundings = { machine: fitMachine, env: registry.env, listener };
    await downloadEngine(registry.recipe, folder, surroundings);
    await downloadEngine(registry.recipe, folder, { ...surroundings, machine: offline });
    expect(registry.calls()).toEqual(['pack', 'download']);
    expect(steps).toEqual([`2 of 2 files are in ${folder} already`]);
  });
});
