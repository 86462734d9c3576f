import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cacheUse } from '../../../src/data/pack/cache-use.js';
import { packVersion } from '../../../src/data/pack/format.js';
import { temporaryFolder, writeFiles } from '../samples.js';

describe('what the cache takes', () => {
  test('is told apart by whether this version reads it; other things do not count', async () => {
    const cache = temporaryFolder();
    writeFiles(cache, {
      [`v${packVersion}-0123456789abcdef-32/a`]: Buffer.alloc(10),
      [`v${packVersion}-0123456789abcdef-32/b`]: Buffer.alloc(5),
      [`v${packVersion}-fedcba9876543210-32-64/a`]: Buffer.alloc(1),
      [`v${packVersion - 1}-0123456789abcdef-32/a`]: Buffer.alloc(100),
      'notes/a': Buffer.alloc(1000),
    });
    expect(await cacheUse(cache)).toEqual({ usable: { folders: 2, bytes: 16 }, others: { folders: 1, bytes: 100 } });
  });

  test('is nothing where there is no cache yet', async () => {
    const none = { folders: 0, bytes: 0 };
    expect(await cacheUse(join(temporaryFolder(), 'none'))).toEqual({ usable: none, others: none });
  });
});
