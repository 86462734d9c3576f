// Runs inputs of one target in this process and says on file descriptor 3 what it begins and how each ended, so that whoever started it can end
// it and knows at which input.
import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { InputError } from '../../dist/errors.js';
import { Random } from './random.js';
import { Violation } from './violation.js';

const [name, seed, first, count, file] = process.argv.slice(2);
const { target } = await import(`./targets/${name}.js`);
const folder = mkdtempSync(join(tmpdir(), 'hyperbudget-fuzz-'));
const say = (message) => writeSync(3, `${JSON.stringify(message)}\n`);

const longestMessage = 4000;
/** What would break a line or steer a terminal. */
const controls = /[\p{Cc}\u2028\u2029]/u;

/** How a refusal reads without what differs from input to input. */
const kindOf = (text) =>
  text
    .replace(/"(?:[^"\\]|\\.)*"?/gs, '"…"')
    .replace(/[-+]?\d[\d.e+-]*/g, 'N')
    .slice(0, 90);

function judge(error) {
  if (error instanceof Violation) return { violation: error.kind, detail: error.message };
  const isInput = error instanceof InputError;
  const text = error instanceof Error ? error.message : String(error);
  if (!isInput && !target.refuses?.(error)) return { violation: 'not an InputError', detail: error?.stack ?? text };
  if (text.length > longestMessage)
    return { violation: 'message too long', detail: `${text.length} characters: ${text.slice(0, 200)}` };
  if (controls.test(text))
    return { violation: 'control characters in a message', detail: JSON.stringify(text.slice(0, 500)) };
  if (/\n\s+at /.test(text)) return { violation: 'stack', detail: text };
  return { refused: kindOf(isInput ? error.expected : text) };
}

// A name that a command takes for a file's must not lead into whatever folder this was started in.
process.chdir(folder);
const context = { folder, ...(await target.setup?.(folder)) };
say({ ready: true });
for (let index = Number(first); index < Number(first) + Number(count); index++) {
  say({ begin: index });
  const input = file
    ? deserialize(readFileSync(file)).input
    : target.generate(new Random(`${seed}:${name}:${index}`), context, index);
  const startedAt = performance.now();
  let result;
  try {
    const refused = await target.run(input, context);
    result = refused === undefined ? { accepted: true } : { refused: kindOf(refused) };
  } catch (error) {
    result = judge(error);
  }
  const ms = performance.now() - startedAt;
  if (Object.getOwnPropertyNames(Object.prototype).length !== 12)
    result = { violation: 'prototype changed', detail: '' };
  say({ end: index, ms, ...result, ...(result.violation ? { input: serialize({ input }).toString('base64') } : {}) });
}
rmSync(folder, { recursive: true, force: true });
process.exit(0);
