import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { Random } from './fuzz/random.js';

const child = new URL('./fuzz/child.js', import.meta.url).pathname;
const targets = readdirSync(new URL('./fuzz/targets', import.meta.url))
  .map((file) => basename(file, '.js'))
  .sort();
/** One input may take this long on a busy machine, and this much memory beyond what the process began with. */
const longestSeconds = 20;
const mostBytes = 1.5 * 2 ** 30;
/** Distinct violations kept of a target; the rest are counted. */
const mostKept = 20;

/** `npm run bench -- fuzz`: what users hand over, changed at random; see bench/README.md. */
export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string' },
      inputs: { type: 'string' },
      seed: { type: 'string', default: '1' },
      target: { type: 'string', multiple: true, default: targets },
      first: { type: 'string', default: '0' },
      replay: { type: 'string' },
      failures: { type: 'string', default: join(tmpdir(), 'hyperbudget-fuzz-failures') },
    },
  });
  if (values.replay) return replay(values.replay);
  const unknown = values.target.filter((name) => !targets.includes(name));
  if (unknown.length > 0) throw new Error(`fuzz: expected targets of ${targets.join(', ')}, got ${unknown.join(', ')}`);
  const inputs = values.inputs ? Number(values.inputs) : Number.POSITIVE_INFINITY;
  const seconds = Number(values.seconds ?? (values.inputs ? Number.POSITIVE_INFINITY : 60)) / values.target.length;
  const failures = resolve(values.failures);
  const rows = [];
  for (const name of values.target) {
    const row = await fuzz(name, { seed: values.seed, first: Number(values.first), inputs, seconds, failures });
    rows.push(row);
    print([row], rows.length === 1);
  }
  const violations = rows.reduce((sum, { violations }) => sum + violations, 0);
  const tried = rows.reduce((sum, { tried }) => sum + tried, 0);
  console.log(`\n${tried} inputs, seed ${values.seed}, ${violations} violations`);
  for (const row of rows) {
    for (const { kind, detail, file, count } of row.kept.values()) {
      console.log(
        `\n${row.name}: ${kind} (${count} times)\n  ${detail.split('\n').slice(0, 6).join('\n  ').slice(0, 1200)}`,
      );
      console.log(`  npm run bench -- fuzz --replay ${file}`);
    }
  }
  process.exitCode = violations > 0 ? 1 : 0;
}

const columns = ['target', 'inputs', 'accepted', 'refused', 'distinct', 'slowest ms', 'violations'];
function print(rows, withHead) {
  const line = (cells) =>
    console.log(
      cells.map((cell, index) => (index === 0 ? String(cell).padEnd(14) : String(cell).padStart(11))).join(''),
    );
  if (withHead) line(columns);
  for (const { name, tried, accepted, refused, errors, slowest, violations } of rows)
    line([name, tried, accepted, refused, errors.size, slowest.toFixed(0), violations]);
}

async function fuzz(name, { seed, first, inputs, seconds, failures }) {
  const row = {
    name,
    tried: 0,
    accepted: 0,
    refused: 0,
    errors: new Set(),
    slowest: 0,
    violations: 0,
    kept: new Map(),
  };
  const endsAt = Date.now() + seconds * 1000;
  const keep = (kind, detail, index, input) => {
    row.violations++;
    const key = `${kind} ${kind.startsWith('message too long') ? '' : detail.replace(/[^a-z ]+/g, '').slice(0, 60)}`;
    const known = row.kept.get(key);
    if (known) {
      known.count++;
      return;
    }
    if (row.kept.size >= mostKept) return;
    mkdirSync(failures, { recursive: true });
    const file = join(failures, `${name}-${seed}-${index}.input`);
    writeFileSync(file, serialize({ name, seed, index, ...(input ? deserialize(Buffer.from(input, 'base64')) : {}) }));
    row.kept.set(key, { kind, detail, file, count: 1 });
  };
  let next = first;
  while (next < first + inputs && Date.now() < endsAt) {
    const outcome = await runChild(
      [name, seed, String(next), String(Math.min(first + inputs - next, 1e9))],
      endsAt,
      (message) => {
        next = message.end + 1;
        row.tried++;
        row.slowest = Math.max(row.slowest, message.ms);
        if (message.accepted) row.accepted++;
        else if (message.refused !== undefined) {
          row.refused++;
          row.errors.add(message.refused);
        } else keep(message.violation, message.detail, message.end, message.input);
      },
    );
    if (outcome.ended) break;
    if (outcome.at === null)
      throw new Error(`fuzz ${name}: the process ended before its first input: ${outcome.detail}`);
    row.tried++;
    keep(outcome.kind, outcome.detail, outcome.at, null);
    next = outcome.at + 1;
  }
  return row;
}

/** Runs inputs in a process of their own until they are done, time is over, or one has to be ended. */
function runChild(parameters, endsAt, onEnd) {
  return new Promise((done) => {
    const process_ = spawn(process.execPath, ['--max-old-space-size=1024', child, ...parameters], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    let at = null;
    let since = Date.now();
    let kind = null;
    let base = null;
    let last = '';
    let idle = true;
    for (const stream of [process_.stdout, process_.stderr])
      stream.on('data', (data) => {
        last = `${last}${data}`.slice(-3000);
      });
    createInterface({ input: process_.stdio[3] }).on('line', (line) => {
      const message = JSON.parse(line);
      since = Date.now();
      idle = message.begin === undefined;
      if (message.begin !== undefined) at = message.begin;
      if (message.end !== undefined) onEnd(message);
      if (message.end !== undefined && Date.now() > endsAt) {
        kind = 'time is over';
        process_.kill('SIGKILL');
      }
    });
    const stop = (why) => {
      kind ??= why;
      process_.kill('SIGKILL');
    };
    const watch = setInterval(() => {
      const bytes = residentBytes(process_.pid);
      base ??= bytes;
      if (bytes - base > mostBytes) stop('memory');
      if (Date.now() - since > longestSeconds * 1000 * (idle ? 6 : 1)) stop('hang');
    }, 50);
    process_.on('close', (code, signal) => {
      clearInterval(watch);
      if (code === 0 || kind === 'time is over') done({ ended: true });
      else
        done({
          ended: false,
          at,
          kind: kind ?? (/heap out of memory/.test(last) ? 'memory' : 'crash'),
          detail: `input ${at}: ${signal ?? code} ${last.slice(-800)}`,
        });
    });
  });
}

function residentBytes(pid) {
  const file = `/proc/${pid}/statm`;
  try {
    return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[1]) * 4096 : 0;
  } catch {
    // It has just ended.
    return 0;
  }
}

async function replay(file) {
  const { name, seed, index, input } = deserialize(readFileSync(file));
  const { target } = await import(`./fuzz/targets/${name}.js`);
  const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-fuzz-'));
  const context = { folder, ...(await target.setup?.(folder)) };
  const found = input ?? target.generate(new Random(`${seed}:${name}:${index}`), context, index);
  console.log(`${name}, seed ${seed}, input ${index}:`);
  console.dir(found, { depth: 6, maxStringLength: 2000 });
  const outcomes = [];
  const outcome = await runChild(
    [name, seed, String(index), '1', ...(input ? [file] : [])],
    Number.POSITIVE_INFINITY,
    (message) => outcomes.push(message),
  );
  rmSync(folder, { recursive: true, force: true });
  for (const { input: _, ...message } of outcomes) console.dir(message);
  if (!outcome.ended) console.log(`${outcome.kind}: ${outcome.detail}`);
  process.exitCode = outcome.ended && outcomes.every(({ violation }) => !violation) ? 0 : 1;
}
