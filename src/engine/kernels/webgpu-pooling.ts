import { backend, type DataType, engine, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import { extent } from '../../program/geometry.js';
import type { Padding } from '../../program/operation.js';
import { type Shape4, shape4 } from './shapes.js';

interface Window {
  readonly size: number;
  readonly stride: number;
  readonly padding: Padding;
}

/** A compute shader as tfjs's backend takes it; `getUserCode` gives its body in WGSL, a thread an element of the result. */
interface Shader {
  readonly variableNames: readonly string[];
  readonly outputShape: readonly number[];
  readonly uniforms: string;
  readonly shaderKey: string;
  readonly workgroupSize: readonly [number, number, number];
  readonly dispatchLayout: { readonly x: readonly number[] };
  readonly dispatch: readonly [number, number, number];
  /** Gives the shader `uniforms.size`, the number of elements. */
  readonly size: true;
  readonly getUserCode: () => string;
}

interface ShaderBackend {
  runWebGPUProgram(
    shader: Shader,
    inputs: readonly Tensor[],
    dtype: DataType,
    uniforms: readonly { readonly type: 'int32'; readonly data: readonly number[] }[],
  ): TensorInfo;
}

const threads = 64;

/**
 * Sums over the windows that hold an element of the image, one thread an element.
 * @param term WGSL that adds the part of window (row, column) to `total`; `at` is the element [n, h, w, c], `corner` the window's first pixel.
 */
function sumOverWindows(
  key: string,
  inputs: Readonly<Record<string, Tensor>>,
  image: Shape4,
  { size, stride, padding }: Window,
  term: string,
): Tensor {
  const [, height, width] = image;
  const [rows, columns] = [extent(height, size, stride, padding), extent(width, size, stride, padding)];
  const code = `
    fn main(index : i32) {
      if (index >= uniforms.size) { return; }
      let at = getCoordsFromIndex(index);
      let reached = at.yz + uniforms.before;
      let first = max(vec2<i32>(0), (reached - uniforms.window + uniforms.stride) / uniforms.stride);
      let last = min(uniforms.count - 1, reached / uniforms.stride);
      var total = 0.0;
      for (var row = first.x; row <= last.x; row++) {
        for (var column = first.y; column <= last.y; column++) {
          let corner = vec2<i32>(row, column) * uniforms.stride - uniforms.before;
          ${term}
        }
      }
      setOutputAtIndex(index, total);
    }`;
  const elements = image.reduce((product, side) => product * side, 1);
  const shader: Shader = {
    variableNames: Object.keys(inputs),
    outputShape: image,
    uniforms: 'before : vec2<i32>, count : vec2<i32>, window : i32, stride : i32,',
    shaderKey: `hyperbudget-${key}`,
    workgroupSize: [threads, 1, 1],
    dispatchLayout: { x: [0, 1, 2, 3] },
    dispatch: [Math.ceil(elements / threads), 1, 1],
    size: true,
    getUserCode: () => code,
  };
  const result = (backend() as unknown as ShaderBackend).runWebGPUProgram(shader, Object.values(inputs), 'float32', [
    { type: 'int32', data: [rows.before, columns.before] },
    { type: 'int32', data: [rows.outputs, columns.outputs] },
    { type: 'int32', data: [size] },
    { type: 'int32', data: [stride] },
  ]);
  return engine().makeTensorFromTensorInfo(result);
}

/** (dy, x, y) → dx; the first maximum of a window takes it all. tfjs's own kernel gives it to the last. */
export function maxPoolGradient(dy: Tensor, x: Tensor, y: Tensor, window: Window): Tensor {
  const term = `
    let highest = getY(at.x, row, column, at.w);
    var mine = getX(at.x, at.y, at.z, at.w) == highest;
    for (var pixel = 0; mine && pixel < uniforms.window * uniforms.window; pixel++) {
      let other = corner + vec2<i32>(pixel / uniforms.window, pixel % uniforms.window);
      if (all(other == at.yz)) { break; }
      if (all(other >= vec2<i32>(0)) && all(other < uniforms.outShape.yz)) {
        mine = getX(at.x, other.x, other.y, at.w) != highest;
      }
    }
    if (mine) { total += getDy(at.x, row, column, at.w); }`;
  return sumOverWindows('max-pool-gradient', { dy, x, y }, shape4(x), window, term);
}

/** (dy) → dx of shape `image`. tfjs's own kernel counts the pixels of the border too. */
export function averagePoolGradient(dy: Tensor, image: Shape4, window: Window): Tensor {
  const term = `
    let inside = min(corner + uniforms.window, uniforms.outShape.yz) - max(corner, vec2<i32>(0));
    total += getDy(at.x, row, column, at.w) / f32(inside.x * inside.y);`;
  return sumOverWindows('average-pool-gradient', { dy }, image, window, term);
}
