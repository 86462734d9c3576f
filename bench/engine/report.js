// Numbers as tables and as JSON.
import { quietCores } from './machine.js';
import { mean, median, spread } from './statistics.js';
import { gpuReferences, references } from './variants.js';

const orDash = (value, format) => (value === null || value === undefined ? '-' : format(value));

/** The median over rounds of how much faster one row is than another in the same round; null without the other. */
function speedRatio(row, reference) {
  if (reference === undefined || reference.failure !== null || row.failure !== null) return null;
  return median(row.rounds.map(({ stepSeconds }, round) => reference.rounds[round].stepSeconds[0] / stepSeconds[0]));
}

/** One table as plain data. */
export function tableData({ net, prepared, rows, threads, core, comparison }) {
  const byId = new Map(rows.map((row) => [row.variant.id, row]));
  return {
    net: net.id,
    title: net.title,
    parameters: prepared.parameters,
    macsPerImage: prepared.macsPerImage,
    batch: net.batch,
    threads,
    pinnedToCore: core,
    device: rows[0]?.variant.device ?? 'cpu',
    comparison,
    rows: rows.map((row) => {
      if (row.failure !== null) return { variant: row.variant.id, label: row.variant.label, failure: row.failure };
      const seconds = row.rounds.map(({ stepSeconds }) => stepSeconds[0]);
      const memory = byId.get('tensorflow')?.peakBytes;
      return {
        variant: row.variant.id,
        label: row.variant.label,
        description: row.description,
        threads,
        stepSeconds: median(seconds),
        meanStepSeconds: median(row.rounds.map(({ meanStepSeconds }) => meanStepSeconds[0])),
        spread: spread(seconds),
        imagesPerSecond: net.batch / median(seconds),
        speedAgainst: Object.fromEntries(
          [...references, ...gpuReferences].map(({ id }) => [id, speedRatio(row, byId.get(id))]),
        ),
        peakBytes: row.peakBytes,
        peakAgainstTensorflow: row.peakBytes && memory ? row.peakBytes / memory : null,
        othersCores: mean(row.rounds.map(({ othersCores }) => othersCores)),
        rounds: row.rounds,
      };
    }),
  };
}

function printRows(header, rows) {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  for (const row of [header, ...rows]) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
    );
    console.log(cells.join('  '));
  }
}

const milliseconds = (seconds) => (seconds * 1000).toFixed(seconds < 0.1 ? 2 : 0);
const percent = (part) => `${(100 * part).toFixed(0)} %`;

export function printTable(table) {
  const where = table.pinnedToCore === null ? '' : `, pinned to core ${table.pinnedToCore}`;
  const macs = (table.macsPerImage / 1e6).toFixed(1);
  console.log(`\n${table.title}: ${table.parameters.toLocaleString('en')} parameters, ${macs} MMAC an image`);
  console.log(`${table.threads} thread${table.threads === 1 ? '' : 's'}${where}\n`);
  const columns = table.device === 'gpu' ? gpuReferences : references;
  const names = columns.map(({ label }) => `x ${label}`);
  const header = ['variant', 'ms/step', 'spread', 'mean', 'images/s', ...names, 'peak MiB', 'x TF', 'others'];
  const working = table.rows.filter(({ failure }) => failure === undefined);
  printRows(
    header,
    working.map((row) => [
      row.label,
      milliseconds(row.stepSeconds),
      percent(row.spread),
      milliseconds(row.meanStepSeconds),
      row.imagesPerSecond.toFixed(0),
      ...columns.map(({ id }) => orDash(row.speedAgainst[id], (ratio) => ratio.toFixed(2))),
      orDash(row.peakBytes, (bytes) => (bytes / 2 ** 20).toFixed(0)),
      orDash(row.peakAgainstTensorflow, (ratio) => ratio.toFixed(2)),
      `${row.othersCores.toFixed(2)}${row.othersCores > quietCores ? ' !' : ''}`,
    ]),
  );
  for (const { label, failure } of table.rows.filter((row) => row.failure !== undefined)) {
    console.log(`${label}: not measured: ${failure}`);
  }
  const different = table.comparison.filter(({ same }) => !same);
  for (const { variant, worstLossDifference, worstStateDifference } of different) {
    const [loss, state] = [worstLossDifference, worstStateDifference].map((value) => value.toExponential(1));
    console.log(`${variant} did other work: losses differ by ${loss}, weights or averages by ${state}`);
  }
  if (table.comparison.length > 1 && different.length === 0) {
    console.log('first losses, weights, norms, statistics and averages agree');
  }
}

/** Sharing as plain data: medians and the ratio to one process, round by round. */
export function sharingData(net, variant, rounds) {
  const of = (what) => {
    if (rounds[0]?.[what] == null) return null;
    return {
      imagesPerSecond: median(rounds.map((round) => round[what].imagesPerSecond)),
      ratio: median(rounds.map((round) => round[what].imagesPerSecond / round.alone.imagesPerSecond)),
    };
  };
  const others = rounds.flatMap((round) => Object.values(round).map((turn) => turn?.othersCores ?? 0));
  return {
    net: net.id,
    variant: variant.id,
    label: variant.label,
    alone: of('alone'),
    together: of('together'),
    replicas: of('replicas'),
    othersCores: mean(others),
    rounds,
  };
}

export function printSharing(rows) {
  console.log('\nTwo processes of one thread, each on its own core, against one alone; one process of two replicas\n');
  const header = ['net', 'variant', 'alone img/s', 'two processes', 'ratio', 'two replicas', 'ratio', 'others'];
  const rate = (turn) => orDash(turn?.imagesPerSecond, (value) => value.toFixed(0));
  const ratio = (turn) => orDash(turn?.ratio, (value) => value.toFixed(2));
  printRows(
    header,
    rows.map(({ net, label, alone, together, replicas, othersCores }) => [
      net,
      label,
      rate(alone),
      rate(together),
      ratio(together),
      rate(replicas),
      ratio(replicas),
      `${othersCores.toFixed(2)}${othersCores > quietCores ? ' !' : ''}`,
    ]),
  );
}

/** Every row during which others used the machine. */
export const disturbed = ({ tables, sharing }) =>
  [...tables.flatMap(({ rows }) => rows), ...sharing].filter(({ othersCores }) => othersCores > quietCores).length;
