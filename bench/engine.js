// A training step of several engines side by side on this machine: `npm run bench -- engine [--quick] [-o FILE]`. See bench/README.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { compareRows } from './engine/compare.js';
import { prepareJob } from './engine/job.js';
import { canPin, describeMachine, usableCores } from './engine/machine.js';
import { measureTable, removeJob } from './engine/measure.js';
import { disturbed, printSharing, printTable, sharingData, tableData } from './engine/report.js';
import { setUp } from './engine/setup.js';
import { measureSharing } from './engine/sharing.js';
import { gpuVariants, variants } from './engine/variants.js';

const nets = JSON.parse(readFileSync(new URL('engine/nets.json', import.meta.url), 'utf8'));

const options = {
  quick: { type: 'boolean', default: false },
  gpu: { type: 'boolean', default: false },
  out: { type: 'string', short: 'o' },
  nets: { type: 'string' },
  variants: { type: 'string' },
  rounds: { type: 'string' },
  cores: { type: 'string', default: 'both' },
  venv: { type: 'string' },
  'no-install': { type: 'boolean', default: false },
  'no-sharing': { type: 'boolean', default: false },
};

/** The entries with the ids of a comma-separated list; all without one. */
function chosen(all, list) {
  if (list === undefined) return all;
  return list.split(',').map((id) => {
    const found = all.find((one) => one.id === id);
    if (found === undefined) throw new Error(`expected some of ${all.map((one) => one.id)}, got ${id}`);
    return found;
  });
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function available(wanted, { venv, 'no-install': noInstall }) {
  const needs = new Set(wanted.flatMap(({ needs: need }) => need ?? []));
  const tools = setUp({ venv, mayInstall: !noInstall }, needs);
  for (const [need, reason] of tools.missing) console.log(`without ${need}: ${reason}`);
  return { tools, present: wanted.filter(({ needs: need }) => need === null || !tools.missing.has(need)) };
}

/** On one core that the processes are pinned to where that is possible, and on all. */
function coreModes(which) {
  const pinned = canPin();
  const core = pinned ? (usableCores()?.at(-1) ?? null) : null;
  if (!pinned) console.log('processes cannot be pinned to a core here; one core means one thread');
  const one = { threads: 1, core };
  const all = { threads: availableParallelism(), core: null };
  if (which === 'one' || all.threads === 1) return [one];
  return which === 'all' ? [all] : [one, all];
}

/** Those for graphics cards would take minutes a step elsewhere. */
function usualNets({ quick, gpu }) {
  if (gpu) return quick ? 'fashion' : 'fashion,photos';
  return quick ? 'overhead,small,fashion' : 'overhead,small,resnet18,fashion';
}

/** @throws Error that says which argument is wrong. */
function readArguments(args) {
  const { values } = parseArgs({ args, options });
  const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`--rounds: expected a positive whole number, got ${values.rounds}`);
  }
  if (!['one', 'all', 'both'].includes(values.cores)) {
    throw new Error(`--cores: expected one, all or both, got ${values.cores}`);
  }
  if (values.gpu && values.cores !== 'both') throw new Error('--cores: expected none beside --gpu, which takes all');
  return {
    values,
    rounds,
    measured: chosen(nets, values.nets ?? usualNets(values)),
    wanted: chosen(values.gpu ? gpuVariants : variants, values.variants),
  };
}

export async function main(args) {
  let given;
  try {
    given = readArguments(args);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 2;
    return;
  }
  const { values, rounds, measured, wanted } = given;
  const { quick } = values;
  const turnSeconds = quick ? 0.5 : 2;
  const { tools, present } = available(wanted, values);
  const begin = performance.now();
  const machine = describeMachine();
  const result = {
    machine,
    quick,
    rounds,
    turnSeconds,
    missing: Object.fromEntries(tools.missing),
    tables: [],
    sharing: [],
  };
  const save = () => {
    if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(result, null, 1)}\n`);
  };
  console.log(
    `${machine.processor}, ${machine.cores} cores, ${(machine.memoryBytes / 1e9).toFixed(0)} GB, Node ${machine.node}, load ${machine.load.toFixed(2)}`,
  );

  const usualCores = values.gpu ? 'all' : quick && values.cores === 'both' ? 'one' : values.cores;
  const modes = coreModes(usualCores);
  for (const net of measured) {
    const prepared = prepareJob(net);
    try {
      for (const mode of modes) {
        const settings = { ...mode, tools, rounds, turnSeconds: net.id === 'overhead' ? turnSeconds / 2 : turnSeconds };
        const rows = await measureTable(prepared, present, settings, progress);
        progress('');
        const table = tableData({ net, prepared, rows, ...mode, comparison: compareRows(rows) });
        result.tables.push(table);
        printTable(table);
        save();
      }
      const shares = net.id === 'fashion' || (net.id === 'small' && !quick);
      if (!shares || values.gpu || values['no-sharing'] || machine.cores < 2) continue;
      for (const variant of present.filter(({ id }) => ['wasm', 'native-f32', 'native-bf16'].includes(id))) {
        const cores = canPin() ? usableCores().slice(-2) : null;
        const settings = { tools, cores, rounds: Math.min(4, rounds), turnSeconds, replicas: variant.id === 'wasm' };
        try {
          result.sharing.push(sharingData(net, variant, await measureSharing(prepared, variant, settings, progress)));
        } catch (error) {
          console.log(`${net.id}, ${variant.label}: cores not shared: ${error.message}`);
        }
        save();
      }
      progress('');
    } finally {
      removeJob(prepared);
    }
  }
  if (result.sharing.length > 0) printSharing(result.sharing);
  result.seconds = (performance.now() - begin) / 1000;
  const noisy = disturbed(result);
  if (noisy > 0) {
    console.log(
      `\nThe machine was not quiet: in ${noisy} rows (marked !) other programs used it. Measure again when it is.`,
    );
  }
  console.log(
    `\n${(result.seconds / 60).toFixed(1)} minutes${values.out === undefined ? '' : `, written to ${values.out}`}`,
  );
  save();
}
