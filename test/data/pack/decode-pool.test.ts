import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startDecoder } from '../../../dist/data/pack/decode-pool.js';
import { decodeImage } from '../../../src/data/pack/decode.js';
import { pattern, plain, temporaryFolder, writeFiles } from '../samples.js';

const photo = (width: number, height: number) => sharp(pattern(width, height), { raw: { width, height, channels: 3 } });

/** Enough images for processes. */
function startProcesses(resolutions: readonly number[]) {
  const decoder = startDecoder(resolutions, 10_000);
  onTestFinished(() => decoder.close());
  return decoder;
}

/** Processes that a process has started and that still run, as Linux lists them by thread. */
function childrenOf(pid: number): readonly number[] {
  const tasks = `/proc/${pid}/task`;
  const lists = readdirSync(tasks).map((thread) => readFileSync(join(tasks, thread, 'children'), 'utf8'));
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

/** Not so where it has ended and nobody has asked how. */
function isRunning(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) Z /.test(readFileSync(stat, 'utf8'));
}

/** A decoder of one process, and its number. */
function startOne() {
  const before = childrenOf(process.pid);
  const decoder = startDecoder([8], 10_000, 1);
  onTestFinished(() => decoder.close());
  const [pid] = childrenOf(process.pid).filter((each) => !before.includes(each));
  if (pid === undefined) throw new Error('no process was started');
  return { decoder, pid };
}

/** A decoder of one process, a named pipe that holds it up, and a file. */
async function blocked() {
  const folder = temporaryFolder();
  const [fifo, file] = [join(folder, 'a.png'), join(folder, 'b.png')];
  expect(spawnSync('mkfifo', [fifo]).status).toBe(0);
  writeFiles(folder, { 'b.png': await plain(8, 8, [7, 7, 7]).png().toBuffer() });
  const decoder = startDecoder([8], 10_000, 1);
  onTestFinished(() => decoder.close());
  return { decoder, fifo, paths: [fifo, file], bytes: await plain(8, 8, [9, 9, 9]).png().toBuffer() };
}

/** The process that reads a named pipe, not one that was killed before, and the pipe's other end. */
async function readerOf(fifo: string, killed?: number) {
  // Fails while nobody has opened it for reading.
  const open = () => openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
  const writer = await vi.waitFor(open, { timeout: 10_000 });
  const reads = (pid: number) =>
    readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === fifo);
  const find = () => {
    const found = childrenOf(process.pid).find((pid) => pid !== killed && reads(pid));
    if (found === undefined) throw new Error('nobody reads');
    return found;
  };
  return { pid: await vi.waitFor(find, { timeout: 10_000 }), writer };
}

interface Reader {
  readonly pid: number;
  readonly writer: number;
}

function kill({ pid, writer }: Reader, signal: NodeJS.Signals): number {
  process.kill(pid, signal);
  closeSync(writer);
  return pid;
}

describe('decoding in processes', () => {
  test('gives what decoding here gives, in the order of the files', async () => {
    const folder = temporaryFolder();
    const files = {
      'a.jpg': await photo(40, 30).jpeg().toBuffer(),
      'b.png': await photo(8, 8).png().toBuffer(),
      'c.jpg': Buffer.from('no image'),
      'd.webp': await photo(30, 50).webp().toBuffer(),
      'e.jpg': await photo(30, 30).jpeg({ progressive: true }).toBuffer(),
      'f.png': await plain(20, 10, [1, 2, 3]).ensureAlpha(0.5).png().toBuffer(),
    };
    writeFiles(folder, files);
    const paths = Object.keys(files).map((name) => join(folder, name));
    const decoder = startProcesses([8, 16]);
    expect(decoder.groups).toBeGreaterThan(1);
    const here = await Promise.all(paths.map((path) => decodeImage(readFileSync(path), path, [8, 16])));
    const plainly = (images: typeof here) =>
      images.map(({ pixels, ...rest }) => ({ ...rest, pixels: pixels?.map((part) => Buffer.from(part)) ?? null }));
    for (let round = 0; round < 3; round++) expect(plainly([...(await decoder.decode(paths))])).toEqual(plainly(here));
  });

  test('takes as many processes as it may', async () => {
    for (const threads of [1, 3]) {
      const decoder = startDecoder([8], 10_000, threads);
      onTestFinished(() => decoder.close());
      expect(decoder.groups).toBe(2 * threads);
    }
  });

  test('leaves large images to the main process', async () => {
    const folder = temporaryFolder();
    // 36 megapixels of one colour: a small file that takes much memory.
    const large = await plain(6000, 6000, [9, 200, 9]).png().toBuffer();
    writeFiles(folder, { 'large.png': large, 'small.png': await plain(8, 8, [7, 7, 7]).png().toBuffer() });
    const decoder = startProcesses([8]);
    const [big, small] = await decoder.decode([join(folder, 'large.png'), join(folder, 'small.png')]);
    expect([...(big?.pixels?.[0]?.subarray(0, 3) ?? [])]).toEqual([9, 200, 9]);
    expect([...(small?.pixels?.[0]?.subarray(0, 3) ?? [])]).toEqual([7, 7, 7]);
  });

  test('says which file cannot be read', async () => {
    const missing = join(temporaryFolder(), 'missing.jpg');
    await expect(startProcesses([8]).decode([missing])).rejects.toThrow(/missing\.jpg: expected a readable file/);
  });

  test('refuses what is asked after its end', async () => {
    const decoder = startDecoder([8], 10_000);
    await decoder.close();
    await expect(decoder.decode(['a.jpg'])).rejects.toThrow(/decoding has ended/);
  });
});

describe.skipIf(!existsSync(`/proc/self/task/${process.pid}/children`))('a decoding process', () => {
  test('that dies before it has begun is not replaced; with the last one packing ends, and says of what', async () => {
    const { decoder, pid } = startOne();
    const asked = decoder.decode(['a.jpg']);
    process.kill(pid, 'SIGKILL');
    await expect(asked).rejects.toThrow(/decoding process has ended: SIGKILL/);
    await expect(decoder.decode(['b.jpg'])).rejects.toThrow(/decoding process has ended: SIGKILL/);
  });

  test('that dies is replaced, and its files are decoded again', async () => {
    const { decoder, fifo, paths, bytes } = await blocked();
    const asked = decoder.decode(paths);
    const killed = kill(await readerOf(fifo), 'SIGKILL');
    const { writer } = await readerOf(fifo, killed);
    writeSync(writer, bytes);
    closeSync(writer);
    const images = await asked;
    expect(images.map(({ oddities }) => oddities)).toEqual([[], []]);
    expect(images.map(({ pixels }) => pixels?.[0]?.[0])).toEqual([9, 7]);
    expect((await decoder.decode(paths.slice(1)))[0]?.pixels?.[0]?.[0]).toBe(7);
  });

  test('that crashes at a file twice leaves that file alone, and the others are decoded', async () => {
    const { decoder, fifo, paths } = await blocked();
    const asked = decoder.decode(paths);
    const killed = kill(await readerOf(fifo), 'SIGSEGV');
    kill(await readerOf(fifo, killed), 'SIGSEGV');
    const [killer, other] = await asked;
    expect(killer).toEqual({ pixels: null, oddities: ['undecodable'] });
    expect(other?.pixels?.[0]?.[0]).toBe(7);
  });

  test('that is killed twice blames no file', async () => {
    const { decoder, fifo, paths } = await blocked();
    const asked = decoder.decode(paths);
    const killed = kill(await readerOf(fifo), 'SIGKILL');
    kill(await readerOf(fifo, killed), 'SIGKILL');
    await expect(asked).rejects.toThrow(/decoding process has ended: SIGKILL/);
  });

  test('goes on when Ctrl-C reaches the whole group of processes', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { 'a.png': await plain(8, 8, [7, 7, 7]).png().toBuffer() });
    const { decoder, pid } = startOne();
    for (let round = 0; round < 2; round++) {
      const [image] = await decoder.decode([join(folder, 'a.png')]);
      expect(image?.pixels?.[0]?.[0]).toBe(7);
      process.kill(pid, 'SIGINT');
    }
    await decoder.decode([join(folder, 'a.png')]);
    expect(childrenOf(process.pid)).toContain(pid);
  });

  test('ends with the process that started it, even one that was killed', async () => {
    const module = pathToFileURL(join(import.meta.dirname, '../../../dist/data/pack/decode-pool.js')).href;
    const script = `import('${module}').then(({ startDecoder }) => { startDecoder([8], 10_000, 1); console.log('started'); })`;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(parent.stdout, 'data');
    const [pid] = childrenOf(parent.pid ?? 0);
    if (pid === undefined) throw new Error('no process was started');
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 10_000 });
  });
});
