import { useEffect, useState } from 'react';

/** A terminal's size in characters; `columns` and `rows` are absent or 0 where the terminal does not say. */
export interface SizedStream {
  readonly columns?: number;
  readonly rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export function sizeOf(stream: SizedStream): Size {
  return { columns: stream.columns || 80, rows: stream.rows || 24 };
}

/** The terminal's size, following it. */
export function useSize(stream: SizedStream): Size {
  const [size, setSize] = useState(() => sizeOf(stream));
  useEffect(() => {
    const follow = () => setSize(sizeOf(stream));
    stream.on('resize', follow);
    // The terminal may have changed between the first drawing and this effect.
    follow();
    return () => {
      stream.off('resize', follow);
    };
  }, [stream]);
  return size;
}
