// Worker of the memory bench: trains one of the equivalent programs of a network for a few steps and says what it took.
import { readFileSync, writeFileSync } from 'node:fs';
import { engineOfProcess } from '../../dist/engine/choose.js';
import { describeNetwork } from '../../dist/network/describe.js';
import { parseRecipe } from '../../dist/training/recipe.js';
import { stepScalars } from '../../dist/training/step-scalars.js';
import { median } from '../engine/statistics.js';

const { network, batch, way, steps, precision } = JSON.parse(process.argv[2]);

/** A figure of this process from the system, in bytes. */
function memoryOf(figure) {
  const kibibytes = new RegExp(`^${figure}:\\s*(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`the system does not tell ${figure}`);
  return Number(kibibytes) * 1024;
}

/** Makes the peak begin at what is resident now. */
const forgetPeak = () => writeFileSync('/proc/self/clear_refs', '5');

const { engine } = await engineOfProcess(process.env, () => performance.now() / 1000);
if (engine.precision !== precision) throw new Error(`asked for ${precision}, the engine chose ${engine.precision}`);
const plan = describeNetwork(network);
const step = [...plan.steps()][way];
const { resolution, classes } = network;
const images = Uint8Array.from({ length: batch * resolution ** 2 * 3 }, (_, index) => (index * 7919) % 251);
const targets = Float32Array.from({ length: batch * classes }, (_, index) =>
  index % classes === Math.floor(index / classes) % classes ? 1 : 0,
);
const lossScale = Float32Array.of(1);
const rates = { gradientScale: Float32Array.of(1 / batch) };
const recipe = parseRecipe({ 'optimizer.batchSize': batch });
for (const [name, value] of Object.entries(stepScalars(recipe, 0.01, 0, 0))) rates[name] = Float32Array.of(value);

globalThis.gc?.();
const startBytes = memoryOf('VmRSS');
forgetPeak();
const session = await engine.load(step.programs);
for (const [name, values] of plan.initialValues('bench')) session.write(name, values);
const [seconds, losses] = [[], []];
for (let index = 0; index < steps; index++) {
  const begin = performance.now();
  const { loss } = await session.run('accumulate', { images, targets, lossScale });
  await session.run('apply', rates);
  seconds.push((performance.now() - begin) / 1000);
  losses.push(loss[0] / batch);
}
const variableNumbers = plan.programs.variables.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
const result = {
  description: `${engine.description}, ${engine.precision}`,
  planBytes: batch * step.activationBytesPerImage + 4 * variableNumbers,
  measuredBytes: memoryOf('VmHWM') - startBytes,
  // The first step compiles and allocates.
  stepSeconds: median(seconds.slice(1)),
  losses,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);
