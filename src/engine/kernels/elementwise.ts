import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import type { WasmHeap } from './heap.js';
import { nth } from './shapes.js';

/** (dy, y = relu(x)) → dx. */
export function reluGradient(heap: WasmHeap, dy: Tensor, y: Tensor): Tensor {
  const dx = heap.allocate(y.shape);
  const whole = y.size - (y.size % 4);
  heap.kernel('reluGradient')(heap.address(dy), heap.address(y), heap.address(dx), whole);
  const [gradient, values, result] = [heap.values(dy), heap.values(y), heap.values(dx)];
  for (let i = whole; i < y.size; i += 1) result[i] = nth(values, i) > 0 ? nth(gradient, i) : 0;
  return dx;
}

/** (x [n]) → x[begin, begin + length). */
export function slice(heap: WasmHeap, x: Tensor, begin: number, length: number): Tensor {
  const y = heap.allocate([length]);
  heap.values(y).set(heap.values(x).subarray(begin, begin + length));
  return y;
}

/** (x₀ [n₀], x₁ [n₁], …) → [n₀ + n₁ + …]. */
export function concat(heap: WasmHeap, parts: readonly Tensor[]): Tensor {
  const y = heap.allocate([parts.reduce((sum, part) => sum + part.size, 0)]);
  const values = heap.values(y);
  let at = 0;
  for (const part of parts) {
    values.set(heap.values(part), at);
    at += part.size;
  }
  return y;
}

/** (condition [1], a, b) → a or b; nothing is copied unless one number is repeated. The library repeats it a hundred times more slowly. */
export function select(heap: WasmHeap, condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const chosen = nth(heap.values(condition), 0) !== 0 ? a : b;
  const { shape, size } = a.rank === 1 && a.size === 1 ? b : a;
  if (chosen.size === size) return reshape(chosen, shape);
  const y = heap.allocate(shape);
  heap.values(y).fill(nth(heap.values(chosen), 0));
  return y;
}

/** (logits [n, c], targets [n, c]) → loss [n], gradient of the summed loss [n, c]. */
export function softmaxCrossEntropy(logits: Tensor, targets: Tensor, read: (x: Tensor) => Float32Array) {
  const classes = nth(logits.shape, 1);
  const [scores, wanted] = [read(logits), read(targets)];
  const loss = new Float32Array(scores.length / classes);
  const gradient = new Float32Array(scores.length);
  for (let row = 0; row < loss.length; row += 1) {
    const [begin, end] = [row * classes, (row + 1) * classes];
    const top = scores.subarray(begin, end).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    let sum = 0;
    for (let i = begin; i < end; i += 1) sum += Math.exp(nth(scores, i) - top);
    const logSum = top + Math.log(sum);
    let total = 0;
    for (let i = begin; i < end; i += 1) {
      total += nth(wanted, i) * (logSum - nth(scores, i));
      gradient[i] = Math.exp(nth(scores, i) - logSum) - nth(wanted, i);
    }
    loss[row] = total;
  }
  return { loss, gradient };
}
