import { describe, expect, it } from 'vitest';
import { type GraphNode, savedModel } from '../../../src/engine/native/graph.js';

interface Read {
  readonly field: number;
  readonly value: number | Uint8Array;
}

/** Reads the fields of a message; enough of the wire format for what is written here. */
function fieldsOf(bytes: Uint8Array): Read[] {
  let at = 0;
  const next = (): number => {
    let [value, shift] = [0, 1];
    for (;;) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
      shift *= 128;
    }
  };
  const fields: Read[] = [];
  while (at < bytes.length) {
    const tag = next();
    const field = tag >> 3;
    if ((tag & 7) === 0) fields.push({ field, value: next() });
    else {
      const length = (tag & 7) === 5 ? 4 : next();
      fields.push({ field, value: bytes.subarray(at, at + length) });
      at += length;
    }
  }
  return fields;
}

const inside = (bytes: Uint8Array, field: number) =>
  fieldsOf(bytes)
    .filter((each) => each.field === field)
    .map(({ value }) => (value instanceof Uint8Array ? value : Uint8Array.of()));

function nodesIn(model: Uint8Array): Uint8Array[] {
  const [meta = Uint8Array.of()] = inside(model, 2);
  const [graph = Uint8Array.of()] = inside(meta, 2);
  return inside(graph, 1);
}

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

const node = (attributes: GraphNode['attributes']): GraphNode => ({
  name: 'sum',
  op: 'AddV2',
  inputs: [
    { node: 'a', index: 0 },
    { node: 'b', index: 2 },
  ],
  control: ['first'],
  attributes,
});

/** The encoded value of a node's only attribute. */
function attribute(value: GraphNode['attributes'][string]): Read[] {
  const [written = Uint8Array.of()] = nodesIn(savedModel([node({ key: value })]));
  const [entry = Uint8Array.of()] = inside(written, 5);
  const [content = Uint8Array.of()] = inside(entry, 2);
  return fieldsOf(content);
}

describe('a SavedModel', () => {
  it('holds one graph under the tag serve', () => {
    const [meta = Uint8Array.of()] = inside(savedModel([node({})]), 2);
    const [info = Uint8Array.of()] = inside(meta, 1);
    expect(text(inside(info, 4)[0])).toBe('serve');
    expect(fieldsOf(savedModel([]))[0]).toEqual({ field: 1, value: 1 });
  });

  it('names a node’s inputs with their outputs but for the first, then the nodes it waits for', () => {
    const [written = Uint8Array.of()] = nodesIn(savedModel([node({})]));
    expect([1, 2].map((field) => text(inside(written, field)[0]))).toEqual(['sum', 'AddV2']);
    expect(inside(written, 3).map(text)).toEqual(['a', 'b:2', '^first']);
  });

  it('writes each kind of attribute in the field that TensorFlow reads it from', () => {
    expect(attribute({ type: 'bfloat16' })).toEqual([{ field: 6, value: 14 }]);
    expect(attribute({ int: 7 })).toEqual([{ field: 3, value: 7 }]);
    expect(attribute({ bool: true })).toEqual([{ field: 5, value: 1 }]);
    expect(attribute({ string: 'SAME' })[0]).toMatchObject({ field: 2 });
    expect(attribute({ float: 0.5 })).toEqual([{ field: 4, value: Uint8Array.of(0, 0, 0, 63) }]);
    expect(attribute({ shape: [2, 3] })[0]?.field).toBe(7);
    expect(attribute({ ints: [1, 2] })[0]?.field).toBe(1);
  });

  it('keeps the bytes of a tensor as they are', () => {
    const whole = Float32Array.of(9, 1.5, -2);
    const [{ value } = { value: 0 }] = attribute({ tensor: whole.subarray(1), shape: [2] });
    const [content = Uint8Array.of()] = inside(value instanceof Uint8Array ? value : Uint8Array.of(), 4);
    expect(new Float32Array(content.slice().buffer)).toEqual(Float32Array.of(1.5, -2));
  });
});
