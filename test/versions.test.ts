import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { versions } from '../src/versions.js';

it('the versions are those of the package, of Node and of the platform', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(versions()).toEqual({
    hyperbudget: version,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  });
});
