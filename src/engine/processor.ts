import { existsSync, readFileSync } from 'node:fs';

/**
 * What the processor can do, by Linux's own names: `avx`, `avx512_bf16` and so on.
 * @param file what the kernel says of the processors.
 * @returns an empty set where it says nothing: other systems, other processors than x86.
 */
export function processorFlags(file = '/proc/cpuinfo'): ReadonlySet<string> {
  if (!existsSync(file)) return new Set();
  const line = /^flags\s*:(.*)$/m.exec(readFileSync(file, 'utf8'));
  return new Set((line?.[1] ?? '').split(/\s+/).filter(Boolean));
}
