/** One colour component of an image: its share of a unit (MCU) and its tables by number. */
export interface FrameComponent {
  readonly horizontal: number;
  readonly vertical: number;
  readonly quantisation: number;
  readonly dcTable: number;
  readonly acTable: number;
}

/** A Huffman table as it is written: the numbers of codes of each length from 1 to 16, and the symbols of the codes in order. */
export interface HuffmanCodes {
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
}

/** A JPEG image of the simplest kind, ready to be decoded. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  /** One, of a grey image, or three: luma, blue and red difference. */
  readonly components: readonly FrameComponent[];
  /** By number, 64 values in zigzag order. */
  readonly quantisation: ReadonlyMap<number, Uint8Array>;
  readonly dcCodes: ReadonlyMap<number, HuffmanCodes>;
  readonly acCodes: ReadonlyMap<number, HuffmanCodes>;
  /** Where the coded bits begin. */
  readonly scanBegin: number;
}

interface Tables {
  readonly quantisation: Map<number, Uint8Array>;
  readonly dcCodes: Map<number, HuffmanCodes>;
  readonly acCodes: Map<number, HuffmanCodes>;
}

function readQuantisation(segment: Uint8Array, into: Map<number, Uint8Array>): boolean {
  for (let at = 0; at < segment.length; at += 65) {
    const kind = segment[at] ?? 255;
    // Sixteen bits are for 12-bit images.
    if (kind > 3 || at + 65 > segment.length) return false;
    into.set(kind, segment.subarray(at + 1, at + 65));
  }
  return true;
}

function readHuffman(segment: Uint8Array, { dcCodes, acCodes }: Tables): boolean {
  for (let at = 0; at < segment.length; ) {
    const kind = segment[at] ?? 255;
    const counts = segment.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    if ((kind & 0xee) !== 0 || counts.length < 16 || total > 256 || at + 17 + total > segment.length) return false;
    (kind < 16 ? dcCodes : acCodes).set(kind & 1, { counts, symbols: segment.subarray(at + 17, at + 17 + total) });
    at += 17 + total;
  }
  return true;
}

interface FrameHeader {
  readonly width: number;
  readonly height: number;
  readonly components: readonly (Omit<FrameComponent, 'dcTable' | 'acTable'> & { readonly id: number })[];
}

/** One component, or luma in one of the usual resolutions and two of colour at the lowest. */
function readFrameHeader(segment: Buffer): FrameHeader | undefined {
  if (segment.length < 9) return undefined;
  const count = segment.readUInt8(5);
  if (segment.readUInt8(0) !== 8 || (count !== 1 && count !== 3) || segment.length !== 6 + 3 * count) return undefined;
  const components = Array.from({ length: count }, (_, index) => {
    const at = 6 + 3 * index;
    const sampling = segment.readUInt8(at + 1);
    const alone = count === 1;
    return {
      id: segment.readUInt8(at),
      horizontal: alone ? 1 : sampling >> 4,
      vertical: alone ? 1 : sampling & 15,
      quantisation: segment.readUInt8(at + 2),
    };
  });
  const [luma, ...colours] = components;
  const isUsual =
    luma !== undefined &&
    [1, 2].includes(luma.horizontal) &&
    [1, 2].includes(luma.vertical) &&
    colours.every(({ horizontal, vertical }) => horizontal === 1 && vertical === 1);
  const [width, height] = [segment.readUInt16BE(3), segment.readUInt16BE(1)];
  return isUsual && width > 0 && height > 0 ? { width, height, components } : undefined;
}

function readScanHeader(segment: Buffer, { components }: FrameHeader): readonly FrameComponent[] | undefined {
  if (segment.length !== 4 + 2 * components.length || segment.readUInt8(0) !== components.length) return undefined;
  const found = components.map(({ id, horizontal, vertical, quantisation }, index) => {
    const tables = segment.readUInt8(2 + 2 * index);
    const isSame = segment.readUInt8(1 + 2 * index) === id && (tables & 0xee) === 0;
    return isSame ? { horizontal, vertical, quantisation, dcTable: tables >> 4, acTable: tables & 1 } : undefined;
  });
  const known = found.filter((one) => one !== undefined);
  return known.length === components.length ? known : undefined;
}

/** The name of a profile is ASCII in version 2 and UTF-16 in version 4 (ICC.1). */
function namesSrgb(profile: Buffer): boolean {
  return profile.includes('sRGB') || profile.includes(Buffer.from('\0s\0R\0G\0B', 'latin1'));
}

/** True for three components that are luma and colour differences: as JFIF has them, or Adobe's marker says. */
function isLumaAndChroma(header: FrameHeader, hasJfif: boolean, adobeTransform: number | undefined): boolean {
  if (header.components.length === 1) return true;
  if (adobeTransform !== undefined) return adobeTransform === 1;
  return hasJfif || header.components.every(({ id }, index) => id === index + 1);
}

/**
 * Reads a JPEG file up to its coded bits (ITU-T T.81, B.2).
 *
 * @returns undefined for all but baseline images with 8 bits, Huffman codes, one scan without restarts, grey or luma and colour differences,
 *   and no colour profile but sRGB: those are left to the general decoder, as are damaged ones
 */
export function readFrame(bytes: Buffer): Frame | undefined {
  const tables: Tables = { quantisation: new Map(), dcCodes: new Map(), acCodes: new Map() };
  let header: FrameHeader | undefined;
  let hasJfif = false;
  let adobeTransform: number | undefined;
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes.readUInt8(at + 1);
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    const segment = bytes.subarray(at + 4, end);
    if (end > bytes.length) return undefined;
    switch (marker) {
      case 0xc0:
      case 0xc1:
        if (header !== undefined) return undefined;
        header = readFrameHeader(segment);
        if (header === undefined) return undefined;
        break;
      case 0xc4:
        if (!readHuffman(segment, tables)) return undefined;
        break;
      case 0xdb:
        if (!readQuantisation(segment, tables.quantisation)) return undefined;
        break;
      case 0xdd:
        if (segment.length !== 2 || segment.readUInt16BE(0) !== 0) return undefined;
        break;
      case 0xe0:
        hasJfif ||= segment.toString('latin1', 0, 5) === 'JFIF\0';
        break;
      case 0xe2:
        if (segment.toString('latin1', 0, 11) === 'ICC_PROFILE' && !namesSrgb(segment)) return undefined;
        break;
      case 0xee:
        if (segment.length >= 12 && segment.toString('latin1', 0, 5) === 'Adobe') {
          adobeTransform = segment.readUInt8(11);
        }
        break;
      case 0xda: {
        const components = header && readScanHeader(segment, header);
        if (!header || !components || !isLumaAndChroma(header, hasJfif, adobeTransform)) return undefined;
        const hasAll = components.every(
          ({ quantisation, dcTable, acTable }) =>
            tables.quantisation.has(quantisation) && tables.dcCodes.has(dcTable) && tables.acCodes.has(acTable),
        );
        return hasAll
          ? { ...tables, width: header.width, height: header.height, components, scanBegin: end }
          : undefined;
      }
      default:
        // Comments and data of applications; anything else makes the image another kind than the simplest.
        if (!(marker === 0xfe || (marker >= 0xe0 && marker <= 0xef))) return undefined;
    }
    at = end;
  }
  return undefined;
}
