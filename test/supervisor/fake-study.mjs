// A study process that does what its words say, in order: `note FILE` (writes its number), `open DIR SECONDS`, `working`, `finished CODE`, `nonsense`,
// `exit CODE`, `die`, `hang`, `think MILLISECONDS` (blocked), `deaf` (to signals). What stands behind `then` are the words that go on with the study.
import { appendFileSync } from 'node:fs';

const words = process.argv.slice(2);
const { startedAtEpochSeconds } = JSON.parse(process.env.HYPERBUDGET_SUPERVISED);
const next = () => words.shift();
const hang = () => setInterval(() => undefined, 1000);
let leave = () => process.exit(3);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => leave());

while (words.length > 0) {
  const word = next();
  if (word === 'note') appendFileSync(next(), `${process.pid}\n`);
  else if (word === 'open') {
    const [directory, budgetSeconds] = [next(), Number(next())];
    const resume = words.slice(words.indexOf('then') + 1);
    if (words.includes('then')) words.splice(words.indexOf('then'));
    const opening = { type: 'opening', directory, budgetSeconds, startedAtEpochSeconds, submissionPath: null };
    process.send({ ...opening, screen: 'none', resume });
  } else if (word === 'working') process.send({ type: 'working' });
  else if (word === 'finished') process.send({ type: 'finished', exitCode: Number(next()) });
  else if (word === 'nonsense') process.send({ type: 'nonsense' });
  else if (word === 'think') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(next()));
  else if (word === 'deaf') leave = () => undefined;
  else if (word === 'hang') hang();
  else if (word === 'die') setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);
  else if (word === 'exit') process.exitCode = Number(next());
}
if (process.exitCode !== undefined) process.disconnect();
