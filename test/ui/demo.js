// A canned study on a real terminal: node demo.js STATES.json [--ascii] [--inline] [--stubborn] [--crash]
// STATES.json holds [{ state, nowSeconds }, …]; SIGUSR2 goes on to the next one (with --crash: throws out of a timer).
import { readFileSync } from 'node:fs';

process.env['NODE_ENV'] = 'production';
const { runTerminal } = await import('../../dist/ui/terminal.js');

const [file = '', ...flags] = process.argv.slice(2);
const scenes = JSON.parse(readFileSync(file, 'utf8'));
const listeners = new Set();
let scene = 0;
let began = performance.now();
let interrupts = 0;
let state = scenes[0].state;

function change(next) {
  state = next;
  for (const listener of listeners) listener();
}

process.on('SIGUSR2', () => {
  if (flags.includes('--crash')) setTimeout(() => Promise.reject(new Error('the study has crashed')));
  scene = Math.min(scene + 1, scenes.length - 1);
  began = performance.now();
  change(scenes[scene].state);
});

await runTerminal(
  {
    state: () => state,
    nowSeconds: () => scenes[scene].nowSeconds + (performance.now() - began) / 1000,
    packing: () => null,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    interrupt: () => {
      interrupts++;
      if (interrupts > 1 || !flags.includes('--stubborn')) change({ ...state, phase: 'interrupted' });
    },
  },
  {
    ascii: flags.includes('--ascii'),
    inline: flags.includes('--inline'),
    stdout: process.stdout,
    stdin: process.stdin,
  },
);
console.log(`the terminal was given back, ${interrupts} interrupts, ${listeners.size} listeners`);
