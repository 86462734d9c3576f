import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSubmission, scoreSubmission, writeSubmission } from '../../../dist/submission/submission.js';
import * as mutate from '../mutate.js';
import { require } from '../violation.js';

const ids = Array.from({ length: 20 }, (_, index) => `image${index}`);
const lines = (header, values) =>
  `${header}\n${ids.map((id, index) => `${id},${values[index % values.length]}`).join('\n')}\n`;

/** Submissions and labels; and what is written for ids and classes of any characters. */
export const target = {
  generate(random) {
    if (random.chance(0.3)) {
      const word = () =>
        random.pick([...mutate.names.filter((name) => name.length > 0), mutate.text(random, 'shoes, brown') || 'x']);
      const written = new Map(Array.from({ length: 1 + random.size(30) }, () => [word(), word()]));
      return { rows: [...written].map(([id, label]) => ({ id: id.toWellFormed(), label: label.toWellFormed() })) };
    }
    const submission = lines('image_id,label', ['0', '1', '"a, b"', '"say ""x"""']);
    const labels = lines(random.pick(['image_id,class', 'image_id,label']), ['0', '1', '2']);
    return {
      submission: mutate.text(random, submission),
      labels: random.chance(0.5) ? labels : mutate.text(random, labels),
    };
  },
  run({ rows, submission, labels }, { folder }) {
    const [path, truth] = [join(folder, 'submission.csv'), join(folder, 'labels.csv')];
    if (rows) {
      const unique = [...new Map(rows.map((row) => [row.id, row])).values()];
      writeSubmission(path, unique);
      const check = checkSubmission(
        path,
        unique.map(({ id }) => id),
      );
      require(check.rows === unique.length &&
        check.missing + check.unknown + check.duplicates === 0, 'a submission that is not whole', () =>
        JSON.stringify({ check, unique }).slice(0, 800));
      const { correct } = scoreSubmission(path, path);
      require(correct === unique.length, 'labels that read differently', () =>
        JSON.stringify({ correct, unique }).slice(0, 800));
      return;
    }
    writeFileSync(path, submission);
    writeFileSync(truth, labels);
    const { missing, unknown, duplicates, rows: count } = checkSubmission(path, ids);
    require(missing >= 0 &&
      unknown >= 0 &&
      duplicates >= 0 &&
      count - duplicates - unknown <= ids.length, 'counts that cannot be', JSON.stringify({
      missing,
      unknown,
      duplicates,
      count,
    }));
    const { top1 } = scoreSubmission(path, truth);
    require(top1 >= 0 && top1 <= 1, 'an accuracy outside of [0, 1]', String(top1));
  },
};
