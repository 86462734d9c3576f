import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasNvidiaDevice } from '../../../src/engine/gpu/device.js';

function folderOf(...names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-devices-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) writeFileSync(join(folder, name), '');
  return folder;
}

describe('an NVIDIA driver', () => {
  it.each(['nvidiactl', 'nvidia0', 'nvidia12', 'dxg'])('is there where a device is called %s', (name) => {
    expect(hasNvidiaDevice(folderOf('null', name))).toBe(true);
  });

  it.each(['nvidia', 'nvidia-caps', 'nvidia0x', 'xdxg', 'dri'])('is not told by %s', (name) => {
    expect(hasNvidiaDevice(folderOf('null', name))).toBe(false);
  });

  it('is nowhere without device files', () => {
    expect(hasNvidiaDevice('/no/such/folder')).toBe(false);
  });
});
