import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { processorFlags } from '../../src/engine/processor.js';

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-processor-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'cpuinfo');
  writeFileSync(file, text);
  return file;
}

it("a processor's flags are those of its line, word by word", () => {
  const file = fileOf('processor\t: 0\nvmx flags\t: tsc\nflags\t\t: fpu avx512_bf16  avx2\nbugs\t\t: sse\n');
  expect(processorFlags(file)).toEqual(new Set(['fpu', 'avx512_bf16', 'avx2']));
});

it('a processor of which the kernel says nothing has none', () => {
  expect(processorFlags(fileOf('Features\t: fp asimd\n'))).toEqual(new Set());
  expect(processorFlags(fileOf('flags\t\t:\n'))).toEqual(new Set());
  expect(processorFlags('/no/such/file')).toEqual(new Set());
});
