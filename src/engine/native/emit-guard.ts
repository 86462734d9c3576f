import { elements } from '../../program/geometry.js';
import { type Emission, scalar } from './emission.js';
import { outputOf, type Value } from './graph-builder.js';

const float32 = { type: 'float32' } as const;
const int32 = { type: 'int32' } as const;

/** 1 where the sum of all elements is finite: one pass that writes nothing, where TensorFlow's test of each element takes three. */
export function emitAllFinite({ graph, add, input, inputs }: Emission): Value {
  const axes = graph.integers(...(inputs[0]?.shape.map((_, axis) => axis) ?? []));
  const attributes = { T: float32, Tidx: int32, keep_dims: { bool: false } };
  const sum = add('Sum', [input(0, 'float32'), axes], attributes, 'float32');
  const finite = add('IsFinite', [sum], { T: float32 }, 'bool');
  const number = add('Cast', [finite], { SrcT: { type: 'bool' }, DstT: float32, Truncate: { bool: false } }, 'float32');
  return add('Reshape', [number, graph.integers(1)], { T: float32, Tshape: int32 }, 'float32');
}

/** Passes on one of two values without touching either: a vector of all weights is not copied to be guarded. */
export function emitSelect(emission: Emission): Value {
  const { graph, add, input, inputs } = emission;
  const zero = graph.constant(Float32Array.of(0), []);
  const chosen = add('NotEqual', [scalar(emission, 0), zero], { T: float32 }, 'bool');
  const shapes = [inputs[1]?.shape ?? [], inputs[2]?.shape ?? []];
  const whole = shapes.find((shape) => elements(shape) !== 1) ?? [1];
  const branch = (index: number): Value => {
    const sides = add('Switch', [input(index, 'float32'), chosen], { T: float32 }, 'float32');
    const side = outputOf(sides, index === 1 ? 1 : 0, 'float32');
    const isWhole = elements(shapes[index - 1] ?? []) === elements(whole);
    const attributes = { T: float32, Tidx: int32 };
    return isWhole ? side : add('BroadcastTo', [side, graph.integers(...whole)], attributes, 'float32');
  };
  return add('Merge', [branch(1), branch(2)], { T: float32, N: { int: 2 } }, 'float32');
}
