// A process that sets the watchdog given by its words, `parent`, `process NUMBER` or the seconds it may live, says so and blocks its main thread for good.
import { startWatchdog } from '../dist/watchdog.js';

const [word, number] = process.argv.slice(2);
if (word === 'parent') startWatchdog(process.ppid);
else if (word === 'process') startWatchdog(Number(number));
else startWatchdog(null).endAt(Number(process.hrtime.bigint()) / 1e9 + Number(word));
process.stdout.write('set\n');
// The thread of the watchdog needs this one for its start.
setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 300);
