import { Command } from 'commander';
import { scoreSubmission } from '../submission/submission.js';

export const scoreCommand = (): Command =>
  new Command('score')
    .description('accuracy of a submission against the true labels')
    .argument('<submission>', 'CSV with the columns image_id,label')
    .argument('<labels>', 'CSV with the columns image_id,class')
    .action((submission: string, labels: string) => {
      const { top1, rows, correct, missing } = scoreSubmission(submission, labels);
      process.stdout.write(`rows ${rows}\ncorrect ${correct}\nmissing ${missing}\ntop-1 ${top1.toFixed(4)}\n`);
    });
