import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compilerArguments } from '../../../src/engine/install/compile.js';

const words = compilerArguments('/s/package/binding', '/s/include', '/e', ['lib/a.so.2', 'lib/b.so.2'], 'x.node');

describe('the addon', () => {
  it('is compiled for version 8 of Node-API against its headers', () => {
    expect(words).toContain('-DNAPI_VERSION=8');
    const folders = words.filter((word) => word.startsWith('-I')).map((word) => word.slice(2));
    expect(folders).toContain('/s/include');
    expect(folders.some((folder) => existsSync(join(folder, 'node_api.h')))).toBe(true);
  });

  it('finds its libraries beside itself, wherever the folder is moved', () => {
    expect(words.filter((word) => word.includes('rpath'))).toEqual(['-Wl,-rpath,$ORIGIN/lib']);
    expect(words).toEqual(expect.arrayContaining(['/e/lib/a.so.2', '/e/lib/b.so.2']));
    expect(words.slice(-2)).toEqual(['-o', '/e/x.node']);
  });
});
