/** What the first bytes of an image file say. */
export interface ImageHeader {
  readonly format: 'jpeg' | 'png' | 'webp' | 'other';
  /** As the image is shown, that is after its EXIF orientation. */
  readonly width: number;
  readonly height: number;
  readonly colour: 'grey' | 'rgb' | 'cmyk' | 'palette';
  readonly bitDepth: number;
  readonly alpha: boolean;
  readonly interlaced: boolean;
}

const startsWith = (bytes: Buffer, hex: string): boolean => bytes.subarray(0, hex.length / 2).toString('hex') === hex;

/** The format by its first bytes; undefined where it is none that is known here. */
export function formatOf(bytes: Buffer): 'jpeg' | 'png' | 'webp' | undefined {
  if (startsWith(bytes, 'ffd8ff')) return 'jpeg';
  if (startsWith(bytes, '89504e470d0a1a0a')) return 'png';
  if (startsWith(bytes, '52494646') && bytes.toString('latin1', 8, 12) === 'WEBP') return 'webp';
  return undefined;
}

/** First bytes, in hexadecimal, of other pictures made of pixels that the decoder knows: GIF, TIFF, BigTIFF. */
const otherRasters = ['47494638', '49492a00', '4d4d002a', '49492b00', '4d4d002b'];

/**
 * Whether a file begins like a picture made of pixels. Nothing else is given to the decoder: it also knows formats that are programs of a kind, such
 * as SVG.
 */
export function isRaster(bytes: Buffer): boolean {
  const isHeif = bytes.toString('latin1', 4, 8) === 'ftyp';
  return isHeif || formatOf(bytes) !== undefined || otherRasters.some((start) => startsWith(bytes, start));
}

const pngColours = { 0: 'grey', 2: 'rgb', 3: 'palette', 4: 'grey', 6: 'rgb' } as const;

/** True where a chunk of that name stands before the pixels. */
function pngHasChunk(bytes: Buffer, name: string): boolean {
  for (let at = 8; at + 8 <= bytes.length; ) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === name) return true;
    if (type === 'IDAT') return false;
    at += 12 + bytes.readUInt32BE(at);
  }
  return false;
}

/** IHDR is always the first chunk (PNG, ISO/IEC 15948, 11.2.2). One with EXIF data may be turned. */
function readPng(bytes: Buffer): ImageHeader | undefined {
  if (bytes.length < 33 || pngHasChunk(bytes, 'eXIf')) return undefined;
  const type = bytes.readUInt8(25);
  if (type !== 0 && type !== 2 && type !== 3 && type !== 4 && type !== 6) return undefined;
  return {
    format: 'png',
    width: bytes.readUInt32BE(16),
    height: bytes.readUInt32BE(20),
    colour: pngColours[type],
    bitDepth: bytes.readUInt8(24),
    alpha: type === 4 || type === 6 || pngHasChunk(bytes, 'tRNS'),
    interlaced: bytes.readUInt8(28) !== 0,
  };
}

/**
 * The orientation in a JPEG's EXIF segment (Exif 2.3, 4.6.4: tag 274 of the first directory), 1 to 8; 1, upright, where it says none.
 *
 * @param exif what follows the segment's length
 */
function orientationOf(exif: Buffer): number {
  const tiff = exif.subarray(6);
  if (tiff.length < 14) return 1;
  const isLittle = tiff.toString('latin1', 0, 2) === 'II';
  const short = (at: number) => (isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const begin = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (begin + 2 > tiff.length) return 1;
  const entries = short(begin);
  for (let at = begin + 2; at < begin + 2 + 12 * entries && at + 12 <= tiff.length; at += 12) {
    if (short(at) !== 274) continue;
    const value = short(at + 8);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** The frame header SOFn (JPEG, ITU-T T.81, B.2.2): FFC0 to FFCF but for FFC4, FFC8 and FFCC, which mean other things. */
function readJpeg(bytes: Buffer): ImageHeader | undefined {
  let orientation = 1;
  for (let at = 2; at + 10 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes.readUInt8(at + 1);
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      const components = bytes.readUInt8(at + 9);
      const [width, height] = [bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5)];
      // From 5 on rows and columns are exchanged.
      const isAcross = orientation >= 5;
      return {
        format: 'jpeg',
        width: isAcross ? height : width,
        height: isAcross ? width : height,
        colour: components === 1 ? 'grey' : components === 4 ? 'cmyk' : 'rgb',
        bitDepth: bytes.readUInt8(at + 4),
        alpha: false,
        interlaced: marker === 0xc2,
      };
    }
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (marker === 0xe1 && bytes.toString('latin1', at + 4, at + 10) === 'Exif\0\0') {
      orientation = orientationOf(bytes.subarray(at + 4, end));
    }
    at = end;
  }
  return undefined;
}

/** Reads a JPEG's or PNG's header; undefined for other formats, where it is broken, and for a PNG with EXIF data. Costs a few microseconds, a decoder's about 300. */
export function readHeader(bytes: Buffer): ImageHeader | undefined {
  const format = formatOf(bytes);
  if (format === 'png') return readPng(bytes);
  return format === 'jpeg' ? readJpeg(bytes) : undefined;
}
