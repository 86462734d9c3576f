/**
 * The part of Protocol Buffers' wire format that a SavedModel needs: integers, 32-bit floats, and fields of bytes, text or
 * messages (https://protobuf.dev/programming-guides/encoding). Field numbers are those of TensorFlow's own .proto files.
 */
export type Field = Uint8Array;

const encoder = new TextEncoder();

/** Bytes one after the other. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** A whole number in groups of 7 bits, the lowest first; a negative one takes ten bytes. */
export function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value)) throw new Error(`wire format: expected a whole number, got ${value}`);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

function tag(field: number, wireType: number): Uint8Array {
  return varint(field * 8 + wireType);
}

/** An integer, enum or bool field. */
export function integer(field: number, value: number): Field {
  return join([tag(field, 0), varint(value)]);
}

/** A `float` field. */
export function float(field: number, value: number): Field {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return join([tag(field, 5), bytes]);
}

/** A field of text, bytes, or of a message given as its fields. */
export function message(field: number, content: string | Uint8Array | readonly Field[]): Field {
  const bytes =
    typeof content === 'string' ? encoder.encode(content) : content instanceof Uint8Array ? content : join(content);
  return join([tag(field, 2), varint(bytes.length), bytes]);
}
