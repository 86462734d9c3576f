import { assemble } from '../../wasm/assembler.js';
import { type WasmMemory, webAssembly } from '../../wasm/webassembly.js';
import type { ImageSize } from '../types.js';
import { axis } from './axis.js';
import { type Frame, type HuffmanCodes, readFrame } from './frame.js';
import { writeHuffmanTable } from './huffman.js';
import { address, type BlockSide, component } from './layout.js';
import { colours, resample } from './resample-code.js';
import { longCode, scan, unstuff } from './scan-code.js';
import { block4, block8, transformFactors } from './transform-code.js';

type Kernel = (...words: readonly number[]) => number;
type KernelName = 'unstuff' | 'scan' | 'resample' | 'colours';

/** Column and row of a block's coefficients in zigzag order (ITU-T T.81, figure A.6). */
const zigzag: readonly (readonly [number, number])[] = Array.from({ length: 64 }, (_, index) => index)
  .map((index) => [index % 8, index >> 3] as const)
  .sort(([u, v], [x, y]) => u + v - (x + y) || ((u + v) % 2 === 0 ? u - x : v - y));

const blockSides: readonly BlockSide[] = [8, 4, 1];

/** Samples of a decoded component. */
interface Plane {
  readonly at: number;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
  /** Where the image ends in it, which need not be at a whole sample. */
  readonly right: number;
  readonly bottom: number;
}

/** An axis as `resample` reads it. */
interface AxisLayout {
  readonly bytes: Uint8Array;
  /** Taps, for columns in groups of four. */
  readonly taps: number;
  /** Old pixels that it needs. */
  readonly begin: number;
  readonly count: number;
}

/** An axis in the decoder's memory. */
type WrittenAxis = Omit<AxisLayout, 'bytes'> & { readonly at: number };

/** More samples than that are left to a decoder that does not hold them all. */
const mostPlaneBytes = 64 * 1024 * 1024;
const mostFileBytes = 64 * 1024 * 1024;
const pageBytes = 65_536;
/** A data set has few shapes of images, or very many. */
const mostAxes = 512;

function compile(memory: WasmMemory): Readonly<Record<KernelName, Kernel>> {
  // The calls within a scan go by number.
  const functions = [unstuff(), longCode(), block8(), block4(), scan({ longCode: 1, block8: 2, block4: 3 })];
  const bytes = assemble([...functions, resample(), colours()]);
  const instance = new webAssembly.Instance(new webAssembly.Module(bytes), { env: { memory } });
  return instance.exports as Readonly<Record<KernelName, Kernel>>;
}

/**
 * Decodes JPEG images of the simplest kind straight to small sizes. It computes only what these need: a block of 8 × 8 pixels becomes 4 × 4 or 1
 * where that is large enough, and planes are resampled before colours are mixed. Twice as fast as the general decoder, whose set-up of each
 * image costs as much as a small one's pixels.
 */
export class JpegDecoder {
  private readonly memory: WasmMemory = new webAssembly.Memory({ initial: 64 });
  private readonly kernels = compile(this.memory);
  private next: number = address.free;
  private readonly axes = new Map<string, AxisLayout>();
  private tables: readonly (HuffmanCodes | undefined)[] = [];

  constructor() {
    for (const side of blockSides) {
      const places = new Int32Array(this.memory.buffer, address.zigzag[side], 64);
      // Transposed, as the transform wants them; what is left out goes behind the coefficients.
      for (const [index, [u, v]] of zigzag.entries()) places[index] = 4 * (u < side && v < side ? u * side + v : 64);
    }
    new Float32Array(this.memory.buffer, address.neutral, 4).fill(128);
  }

  /**
   * @param sizes in pixels; of what is longer in the image than there the middle is kept
   * @returns RGB bytes by size, undefined where the general decoder has to decode or judge the image
   */
  decode(bytes: Buffer, sizes: readonly ImageSize[]): Uint8Array[] | undefined {
    const frame = bytes.length <= mostFileBytes ? readFrame(bytes) : undefined;
    if (frame === undefined) return undefined;
    this.next = address.free;
    const planes = this.decodePlanes(bytes, frame, sizes);
    return planes && sizes.map((size) => this.render(frame, planes, size));
  }

  /** Undefined where the bits are not what they should be. */
  private decodePlanes(bytes: Buffer, frame: Frame, sizes: readonly ImageSize[]): readonly Plane[] | undefined {
    const coded = bytes.subarray(frame.scanBegin);
    const from = this.allocate(coded.length + 4096 + 64);
    new Uint8Array(this.memory.buffer).set(coded, from);
    const end = this.kernels.unstuff(from, from + coded.length, from);
    if (end === 0) return undefined;
    new Uint8Array(this.memory.buffer, end, 4096).fill(0);
    if (!this.writeTables(frame)) return undefined;
    const across = 8 * Math.max(...frame.components.map(({ horizontal }) => horizontal));
    const down = 8 * Math.max(...frame.components.map(({ vertical }) => vertical));
    const [columns, rows] = [Math.ceil(frame.width / across), Math.ceil(frame.height / down)];
    const planes: Plane[] = [];
    for (const [index, { horizontal, vertical, quantisation, dcTable, acTable }] of frame.components.entries()) {
      const width = (frame.width * horizontal * 8) / across;
      const height = (frame.height * vertical * 8) / down;
      const side = blockSide(frame, Math.min(width / frame.width, height / frame.height), sizes);
      const stride = columns * horizontal * side;
      const planeBytes = stride * rows * vertical * side;
      if (planeBytes > mostPlaneBytes) return undefined;
      const plane = {
        // Resampling looks at eight bytes at once.
        at: this.allocate(planeBytes + 16),
        stride,
        width: Math.ceil((width * side) / 8),
        height: Math.ceil((height * side) / 8),
        right: (width * side) / 8,
        bottom: (height * side) / 8,
      };
      planes.push(plane);
      const factors = transformFactors[side];
      const values = frame.quantisation.get(quantisation) ?? new Uint8Array(64);
      new Float32Array(this.memory.buffer, address.quantisation(index), 64).set(
        zigzag.map(([u, v], place) => (values[place] ?? 0) * (factors[u] ?? 0) * (factors[v] ?? 0)),
      );
      const words = new Int32Array(this.memory.buffer, address.component(index), component.size / 4);
      const write = (offset: number, value: number): void => {
        words[offset / 4] = value;
      };
      write(component.horizontal, horizontal);
      write(component.vertical, vertical);
      write(component.dcTable, address.huffman(dcTable));
      write(component.acTable, address.huffman(2 + acTable));
      write(component.quantisation, address.quantisation(index));
      write(component.plane, plane.at);
      write(component.stride, stride);
      write(component.blockSide, side);
      write(component.prediction, 0);
      write(component.zigzag, address.zigzag[side]);
    }
    new Float32Array(this.memory.buffer, address.coefficients, 65).fill(0);
    return this.kernels.scan(columns, rows, planes.length, from, end) === 0 ? planes : undefined;
  }

  /** Many files have the same tables, which need not be written again. */
  private writeTables({ dcCodes, acCodes }: Frame): boolean {
    const wanted = [dcCodes.get(0), dcCodes.get(1), acCodes.get(0), acCodes.get(1)];
    const before = this.tables;
    this.tables = [];
    for (const [index, codes] of wanted.entries()) {
      if (codes === undefined || isSame(codes, before[index])) continue;
      if (!writeHuffmanTable(codes, this.memory.buffer, address.huffman(index))) return false;
    }
    this.tables = wanted.map((codes, index) => (codes === undefined ? undefined : copyOf(codes, before[index])));
    return true;
  }

  private render(frame: Frame, planes: readonly Plane[], { width, height }: ImageSize): Uint8Array {
    const kept = this.next;
    const rowBytes = 16 * Math.ceil(width / 4);
    const scale = Math.min(frame.width / width, frame.height / height);
    const parts = planes.map((plane) => {
      const across = this.writeAxis(plane.width, plane.right, (scale * width) / frame.width, width, true);
      const down = this.writeAxis(plane.height, plane.bottom, (scale * height) / frame.height, height, false);
      const to = this.allocate(rowBytes * height);
      const line = this.allocate(across.count * 4 + 128);
      new Uint8Array(this.memory.buffer, line, across.count * 4 + 128).fill(0);
      const from = plane.at + across.begin;
      this.kernels.resample(
        ...[from, plane.stride, across.count, down.at, down.taps, height],
        ...[across.at, across.taps, width, line, to, rowBytes],
      );
      return to;
    });
    const out = this.allocate(width * height * 3 + 16);
    const [luma = 0, blue, red] = parts;
    const chroma = blue === undefined ? this.neutralRow(rowBytes) : 0;
    this.kernels.colours(
      ...[luma, blue ?? chroma, red ?? chroma, rowBytes, blue === undefined ? 0 : rowBytes, out, width, height],
    );
    this.next = kept;
    return new Uint8Array(this.memory.buffer.slice(out, out + width * height * 3));
  }

  private neutralRow(bytes: number): number {
    const at = this.allocate(bytes);
    new Float32Array(this.memory.buffer, at, bytes / 4).fill(128);
    return at;
  }

  /** @param part of what comes before `end` that is kept, in its middle */
  private writeAxis(from: number, end: number, part: number, to: number, isColumns: boolean): WrittenAxis {
    const key = [from, end, part, to, isColumns].join();
    const known = this.axes.get(key);
    const made = known ?? laidOut(from, end, part, to, isColumns);
    if (known === undefined) {
      if (this.axes.size >= mostAxes) this.axes.clear();
      this.axes.set(key, made);
    }
    const at = this.allocate(made.bytes.length);
    new Uint8Array(this.memory.buffer).set(made.bytes, at);
    return { at, taps: made.taps, begin: made.begin, count: made.count };
  }

  /** Memory until the next image, from a multiple of 16 on. */
  private allocate(bytes: number): number {
    const at = this.next;
    this.next = at + 16 * Math.ceil(bytes / 16);
    const lacking = this.next - this.memory.buffer.byteLength;
    if (lacking > 0) this.memory.grow(Math.ceil(lacking / pageBytes));
    return at;
  }
}

/** The smallest side of a block that gives a component at least the pixels of every size; `share` is its resolution by the image's. */
function blockSide({ width, height }: Frame, share: number, sizes: readonly ImageSize[]): BlockSide {
  const needed = Math.max(...sizes.map((size) => Math.max(size.width / width, size.height / height)));
  if (needed * 8 <= share) return 1;
  return needed * 2 <= share ? 4 : 8;
}

function isSame(codes: HuffmanCodes, other: HuffmanCodes | undefined): boolean {
  return (
    other !== undefined &&
    Buffer.compare(codes.counts, other.counts) === 0 &&
    Buffer.compare(codes.symbols, other.symbols) === 0
  );
}

/** The file's bytes are not kept for the sake of its tables. */
function copyOf(codes: HuffmanCodes, before: HuffmanCodes | undefined): HuffmanCodes {
  if (before !== undefined && isSame(codes, before)) return before;
  return { counts: Uint8Array.from(codes.counts), symbols: Uint8Array.from(codes.symbols) };
}

function laidOut(from: number, end: number, part: number, to: number, isColumns: boolean): AxisLayout {
  const begin = (end * (1 - part)) / 2;
  const { firsts, weights, taps } = axis(from, begin, end - begin, to);
  const first = isColumns ? Math.min(...firsts) : 0;
  const groups = Math.ceil(taps / 4);
  const size = isColumns ? 4 + 4 * groups : 1 + taps;
  const words = new Int32Array(size * to);
  const numbers = new Float32Array(words.buffer);
  for (const [index, row] of weights.entries()) {
    words[index * size] = isColumns ? ((firsts[index] ?? 0) - first) * 4 : (firsts[index] ?? 0);
    numbers.set(row, index * size + (isColumns ? 4 : 1));
  }
  const count = Math.max(...firsts) + taps - first;
  return { bytes: new Uint8Array(words.buffer), taps: isColumns ? groups : taps, begin: first, count };
}
