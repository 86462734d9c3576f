const thousands = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Four significant digits, at most 11 characters; `unknown` for what is not a finite number. */
export function number4(value: number | null | undefined, unknown: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return unknown;
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 0.01 && size < 10_000) return String(Number(value.toPrecision(4)));
  if (size >= 10_000 && size < 10_000_000) return thousands.format(value);
  const [digits = '0', exponent = '0'] = value.toExponential(3).split('e');
  return `${Number(digits)}e${Number(exponent)}`;
}

/** A top-1 accuracy with its four digits, so that a column of them lines up. */
export function accuracy(value: number | null | undefined, unknown: string): string {
  return value === null || value === undefined || !Number.isFinite(value) ? unknown : value.toFixed(4);
}

/** Seconds of work with four significant digits: `4.2`, `41.2`, `412.4`, `4124`. */
export function seconds(value: number, unknown: string): string {
  if (!Number.isFinite(value)) return unknown;
  return value < 1000 ? value.toFixed(1) : number4(Math.round(value), unknown);
}

/** A length of time as a clock: `0:07`, `12:41`, `9:00:00`; never negative. */
export function clock(value: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(value) ? value : 0));
  const rest = String(whole % 60).padStart(2, '0');
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
}

/** A count with separators: `48,000`. */
export function count(value: number | null | undefined, unknown: string): string {
  return value === null || value === undefined || !Number.isFinite(value) ? unknown : thousands.format(value);
}

/** A part in [0, 1] as `55 %`. */
export function percent(value: number): string {
  return `${Math.round(Math.min(1, Math.max(0, value)) * 100)} %`;
}

/** A rung's resource with its unit: `4s`, `2m30s`, `1h05m`, `3 epochs`, `12,000 samples`. */
export function resource(value: number, unit: string, unknown: string): string {
  if (unit !== 'seconds') return `${number4(value, unknown)} ${unit}`;
  if (value < 9.95) return `${Number(value.toFixed(1))}s`;
  const whole = Math.round(value);
  if (whole < 120) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
}
