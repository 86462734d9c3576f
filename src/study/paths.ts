import { join } from 'node:path';

/** Where a study keeps its files; relative to its folder in results/ so that the folder can be moved. */
export const studyPaths = {
  journal: 'journal.jsonl',
  lock: 'lock',
  best: 'best.json',
  submission: 'submission.csv',
  logs: 'logs',
  /** Packed data, where the cache folder has no room. */
  packed: 'packed',
  final: 'final',
  /** Where a stand-in for the winner trains. */
  finalOf: (trial: number) => join('final', `trial-${trial}`),
  finalModel: join('final', 'model.checkpoint'),
  finalPredictions: join('final', 'predictions.csv'),
  finalCheckpointPredictions: join('final', 'checkpoint-predictions.csv'),
  trial: (trial: number) => join('trials', String(trial)),
  trialTrunk: (trial: number) => join('trials', String(trial), 'trunk.checkpoint'),
  trialRung: (trial: number) => join('trials', String(trial), 'rung.checkpoint'),
  trialModel: (trial: number) => join('trials', String(trial), 'model.checkpoint'),
  trialPredictions: (trial: number) => join('trials', String(trial), 'predictions.csv'),
} as const;
