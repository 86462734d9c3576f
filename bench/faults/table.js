/** The value below which a part of the values lies; NaN of none. */
export function quantile(values, part) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

/** Prints names and counts below a title. */
export function countsTable(title, rows) {
  console.log(`\n${title}`);
  for (const [name, count] of [...rows].toSorted(([a], [b]) => (Array.isArray(rows) ? 0 : a.localeCompare(b)))) {
    console.log(`  ${name.padEnd(44)}${String(count).padStart(12)}`);
  }
}
