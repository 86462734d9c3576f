import { resolve } from 'node:path';
import { Command } from 'commander';
import { formatDuration } from '../budget/duration.js';
import { rungSeconds } from '../budget/makespan.js';
import { makePlan } from '../budget/plan.js';
import { imageCount, readDataset } from '../data/dataset.js';
import { estimatePacking } from '../data/pack/estimate.js';
import { imagesToDecode } from '../data/pack/pack.js';
import { typicalSide } from '../data/side.js';
import { partOfTraining } from '../data/subset.js';
import { InputError } from '../errors.js';
import { autoSpace } from '../space/auto.js';
import { autoSides, type ImageKind } from '../space/auto-ladder.js';
import { rungFidelity } from '../space/fidelity.js';
import { guessedOverheadSeconds, leastPreparationSeconds, requireFeasible } from '../study/feasible.js';
import { partToPack, reductionOf } from '../study/fit-data.js';
import { resolutionsToPack } from '../study/packing.js';
import { localMachine } from '../study/request.js';
import { mostCheckpoints } from '../study/retention.js';
import { mostSlots } from '../study/slots.js';
import { largestCheckpointBytes } from '../training/checkpoint-size.js';
import { budgetOption, dataDirectoryOption, option, readSpaceOption } from './options.js';
import {
  checkpointsLine,
  largestAutoCheckpointBytes,
  networkLine,
  packedLine,
  packingNote,
  type Sides,
  searchNote,
} from './plan-lines.js';

/** No engine is started for a plan. */
const unknownEngine =
  'The engine shows when a study starts: on a GPU one trial runs at a time. HYPERBUDGET_ENGINE=native-gpu plans for that.';

interface PlanOptions {
  readonly space?: string;
  readonly budget: string;
  readonly data?: string;
  readonly seed: number;
  readonly cache?: string;
}

/** What the auto space is planned for where no data set is given: photos of a hundred classes. */
const unknownData = { imageSide: 224, classes: 100, trainImages: 100_000 } as const;

/** The largest side that the auto space may choose: what `pack` packs for it, too. */
function sidesOfAuto(kind: ImageKind): Sides {
  const sides = autoSides(kind);
  return { pixels: sides.slice(-1), areOpen: sides.length > 1 };
}

export const planCommand = (): Command =>
  new Command('plan')
    .description('show brackets, rungs, trials, reserve and what is left for the final run; starts nothing')
    .addOption(option.space())
    .option('--budget <duration>', 'wall clock for everything', '9h')
    .option('--data <dir>', 'data set, to plan with its size')
    .addOption(option.seed())
    .addOption(option.cache())
    .action(async (options: PlanOptions) => {
      const budgetSeconds = budgetOption(options.budget);
      const cache = options.cache === undefined ? undefined : resolve(options.cache);
      const { threads, cacheDirectory } = localMachine(process.env, cache);
      const engine = process.env['HYPERBUDGET_ENGINE'];
      const slots = mostSlots(engine, threads);
      const dataset =
        options.data === undefined
          ? null
          : await readDataset(dataDirectoryOption(options.data), { seed: options.seed, needTest: false });
      const side = dataset ? await typicalSide(dataset) : unknownData.imageSide;
      const known = dataset && {
        imageSide: side,
        classes: dataset.classes.length,
        trainImages: dataset.train.length + dataset.validation.length,
      };
      const kind = known ?? unknownData;
      const chosen = readSpaceOption(options.space);
      // Without a measurement the architectures of the auto space are open, but not its brackets.
      const automatic = () => autoSpace({ ...kind, budgetSeconds, precision: 'f32', threads, rates: [] }).space;
      const { space, source } = chosen === 'auto' ? { space: automatic(), source: 'the auto space' } : chosen;
      if (space.scheduler.unit !== 'seconds') {
        throw new InputError(
          '--space',
          'rungs in seconds',
          `rungs in ${space.scheduler.unit}, whose length only a measurement shows`,
          'scheduler.unit: seconds',
        );
      }
      const images = dataset ? imageCount(dataset) : 0;
      // Refused is only what `run` refuses too: what is impossible even with the least preparation.
      const least = leastPreparationSeconds(dataset, threads);
      // Like `run`, which trains the default configuration where the space made for a short budget leaves no time for a search.
      if (chosen !== 'auto') requireFeasible(space, budgetSeconds, true, slots, least);
      const sides = chosen === 'auto' ? sidesOfAuto(kind) : { pixels: resolutionsToPack(space, []), areOpen: false };
      const estimate = dataset && (await estimatePacking(dataset, sides.pixels));
      // Like `run`, which decodes only what no earlier pack has.
      const unpacked = dataset
        ? (await imagesToDecode(dataset, sides.pixels, [cacheDirectory])) / Math.max(1, images)
        : 0;
      const secondsEach = (unpacked * (estimate?.coreSeconds ?? 0)) / threads / Math.max(1, images);
      const part = dataset ? partToPack(dataset, secondsEach, budgetSeconds) : 1;
      const fitted = dataset && partOfTraining(dataset, part);
      const packed = fitted ? imageCount(fitted) : 0;
      const packing = Math.max(least, packed * secondsEach);
      const settings = {
        slots,
        secondsPerUnit: 1,
        overheadSeconds: guessedOverheadSeconds,
        ...space.scheduler,
      };
      const plan = makePlan({
        ...settings,
        budgetSeconds,
        searchStartsAt: packing,
        withFinal: true,
        scheduler: space.scheduler,
        budget: space.budget,
      });
      const isDecidedLater = space.budget.searchShare === 'auto';
      const depth = Math.max(...plan.brackets.map((bracket) => bracket.length));
      const phase = (name: string, seconds: number, note = '') =>
        `${name.padEnd(12)}${formatDuration(seconds).padStart(10)}  ${((100 * seconds) / budgetSeconds).toFixed(1).padStart(5)} %  ${note}`.trimEnd();
      const lines = [
        `Plan for ${source} within ${formatDuration(budgetSeconds)}, ${slots === 1 ? '1 trial' : `${slots} trials`} at a time`,
        ...(engine === undefined && threads > 1 ? [unknownEngine] : []),
        '',
        phase(
          'preparation',
          packing,
          dataset
            ? packingNote({ images: packed, unpacked, seconds: packing, sides })
            : 'packing is unknown without --data',
        ),
        phase(
          'search',
          Math.max(0, plan.searchEndsAt - packing),
          `${searchNote(plan)}${isDecidedLater ? '; its end is decided while it runs' : ''}`,
        ),
        phase('final run', plan.endsAt - plan.searchEndsAt, 'training, inference and writing'),
        phase('reserve', budgetSeconds - plan.endsAt, 'exit'),
        '',
        ...(dataset && fitted && part < 1 ? [reductionOf(dataset, fitted, secondsEach), ''] : []),
        networkLine(chosen === 'auto' ? null : space, kind.classes),
        packedLine(estimate && (estimate.bytes * packed) / images, packed, sides),
        checkpointsLine(
          mostCheckpoints(plan, slots),
          chosen === 'auto' ? largestAutoCheckpointBytes(kind) : largestCheckpointBytes(space, kind.classes),
          chosen === 'auto',
        ),
        '',
        'bracket  rung  trials    until  seconds each  subset  classes  resolution',
        ...plan.brackets.flatMap((bracket, index) =>
          bracket.map(({ trials, resource }, rung) => {
            const seen = rungFidelity(space.fidelity, rung + depth - bracket.length, depth, 1000);
            return [
              String(index + 1).padStart(7),
              String(rung + 1).padStart(4),
              String(trials).padStart(6),
              formatDuration(resource).padStart(7),
              rungSeconds(settings, bracket[rung - 1]?.resource ?? 0, resource)
                .toFixed(1)
                .padStart(12),
              `${(100 * seen.subset).toFixed(0)} %`.padStart(6),
              `${(100 * seen.classes).toFixed(0)} %`.padStart(7),
              `${(seen.resolution / 10).toFixed(0)} %`.padStart(10),
            ].join('  ');
          }),
        ),
        '',
      ];
      process.stdout.write(lines.join('\n'));
    });
