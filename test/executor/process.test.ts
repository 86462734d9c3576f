import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TrialProcess } from '../../src/executor/process.js';
import { VirtualClock } from '../../src/executor/simulator.js';
import type { TrialMessage } from '../../src/trial/protocol.js';

let folder = '';
let started: TrialProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyperbudget-process-'));
});
afterEach(() => {
  for (const process of started) process.kill();
  started = [];
  rmSync(folder, { recursive: true, force: true });
});

interface Life {
  readonly process: TrialProcess;
  readonly messages: readonly TrialMessage[];
  readonly errors: readonly string[];
  readonly logProblems: readonly string[];
  /** What the exit was called. */
  readonly exit: Promise<string>;
}

/** A process that runs this script; `say` writes a line to the study. */
function live(script: string, log = join(folder, 'logs', 'own.log')): Life {
  const messages: TrialMessage[] = [];
  const errors: string[] = [];
  const logProblems: string[] = [];
  let process: TrialProcess | null = null;
  const exit = new Promise<string>((resolve) => {
    const prelude = "const say = (line) => require('fs').writeSync(3, line);";
    process = new TrialProcess({
      command: [globalThis.process.execPath, '-e', prelude + script],
      env: globalThis.process.env,
      log,
      onLogProblem: (problem) => logProblems.push(problem),
      onMessage: (message) => messages.push(message),
      onProtocolError: (text) => errors.push(text),
      onExit: resolve,
    });
    started.push(process);
  });
  if (!process) throw new Error('not started');
  return { process, messages, errors, logProblems, exit };
}

const stopped = '{"type":"stopped"}';

describe('a trial process', () => {
  it('has its log begun anew once that has grown too long, and goes on writing into it', async () => {
    const script = `process.stdin.on('data', () => { console.error('on'); process.exit(0); }); say('${stopped}\\n');`;
    const log = join(folder, 'own.log');
    writeFileSync(log, 'x'.repeat(100));
    const { process, exit } = live(script, log);
    process.shortenLog();
    expect(readFileSync(log, 'utf8')).toMatch(/^x+$/);
    writeFileSync(log, 'x'.repeat(2 ** 24 + 1));
    process.shortenLog();
    process.send({ type: 'stop' });
    expect(await exit).toBe('exited with code 0');
    expect(readFileSync(log, 'utf8')).toBe('the log had grown beyond 16777216 bytes and was begun anew\non\n');
  });

  it('is heard to its last word, even one that it wrote right before it exited', async () => {
    const { messages, exit } = live(`for (let i = 0; i < 500; i++) say('${stopped}\\n'); process.exit(7)`);
    expect(await exit).toBe('exited with code 7');
    expect(messages).toHaveLength(500);
  });

  it('works without a log where that cannot be opened', async () => {
    writeFileSync(join(folder, 'file'), '');
    const script = `console.error('lost'); say('${stopped}\\n'); process.exit(0)`;
    const { process, messages, logProblems, exit } = live(script, join(folder, 'file', 'own.log'));
    expect(await exit).toBe('exited with code 0');
    expect(messages).toHaveLength(1);
    expect(logProblems).toEqual([expect.stringContaining('EEXIST')]);
    expect({ log: process.log, logOffset: process.logOffset }).toEqual({ log: devNull, logOffset: 0 });
  });

  it('reads what it is sent', async () => {
    const { process, messages, exit } = live(
      `process.stdin.once('data', (data) => { if (JSON.parse(data).type === 'stop') say('${stopped}\\n'); process.exit(0) })`,
    );
    process.send({ type: 'stop' });
    expect(await exit).toBe('exited with code 0');
    expect(messages).toEqual([{ type: 'stopped' }]);
  });

  it('that writes a line without an end is told, and takes no memory for it', async () => {
    const { messages, errors, exit } = live(
      `const piece = 'x'.repeat(1e6); for (let i = 0; i < 20; i++) say(piece); say('\\n${stopped}\\n')`,
    );
    await exit;
    expect(errors).toEqual(['a line of more than 1 MB']);
    expect(messages).toEqual([{ type: 'stopped' }]);
  });

  it('leaves what it prints in its log', async () => {
    const { exit } = live("console.log('out'); console.error('err')");
    await exit;
    expect(
      readFileSync(join(folder, 'logs', 'own.log'), 'utf8')
        .split('\n')
        .sort(),
    ).toEqual(['', 'err', 'out']);
  });

  it.each([
    ['no JSON', "'hello'", /JSON.*: hello/],
    ['no message', '\'{"type":"progress"}\'', /fraction .*: \{"type":"progress"\}/],
    ['a message with a field of its own', '\'{"type":"stopped","extra":1}\'', /extra/],
    [
      'a hello of another version',
      "JSON.stringify({ type: 'hello', protocol: 2, pid: 1, engine: 'x', description: 'a test engine', precision: 'f32', precisions: [], exclusive: false, unavailable: [] })",
      /^protocol .*expected 1/,
    ],
    ['endless', "'.'.repeat(1_000_001)", /^a line of more than 1 MB$/],
  ])('that writes a line that is %s is told apart', async (_, line, text) => {
    const { messages, errors, exit } = live(`say(${line} + '\\n' + '${stopped}\\n')`);
    await exit;
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(text);
    expect(messages).toHaveLength(1);
  });

  it('names the signal that ended it', async () => {
    expect(await live("process.kill(process.pid, 'SIGABRT'); setInterval(() => {}, 1000)").exit).toBe(
      'was ended by SIGABRT',
    );
  });

  it.each([
    ['is killed', (process: TrialProcess) => process.kill(), "process.stdin.on('data', () => {})"],
    ['exits', () => undefined, 'process.exit(0)'],
  ])('takes with it what it started, when it %s', async (_, end, after) => {
    const child =
      "require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })";
    const heartbeat = "JSON.stringify({ type: 'heartbeat', timeoutSeconds: 1, memoryBytes: child.pid })";
    const life = live(`const child = ${child}; say(${heartbeat} + '\\n'); ${after}`);
    await expect.poll(() => life.messages.length, { interval: 20, timeout: 10_000 }).toBe(1);
    end(life.process);
    await life.exit;
    const [message] = life.messages;
    const pid = message?.type === 'heartbeat' ? message.memoryBytes : Number.NaN;
    await expect.poll(() => isAlive(pid), { interval: 20, timeout: 10_000 }).toBe(false);
  });

  it('that is to end may do so by itself', async () => {
    const { process, messages, exit } = live(
      `process.on('SIGTERM', () => { say('${stopped}\\n'); process.exit(0) }); say('${stopped}\\n'); setInterval(() => {}, 1000)`,
    );
    await expect.poll(() => messages.length, { interval: 20, timeout: 10_000 }).toBe(1);
    process.terminate(new VirtualClock(), 1);
    expect(await exit).toBe('exited with code 0');
    expect(messages).toHaveLength(2);
  });

  it('that is to end and does not is killed after its grace', async () => {
    const clock = new VirtualClock();
    const { process, messages, exit } = live(
      `process.on('SIGTERM', () => say('${stopped}\\n')); say('${stopped}\\n'); setInterval(() => {}, 1000)`,
    );
    await expect.poll(() => messages.length, { interval: 20, timeout: 10_000 }).toBe(1);
    process.terminate(clock, 1);
    await expect.poll(() => messages.length, { interval: 20, timeout: 10_000 }).toBe(2);
    expect(clock.advance()).toBe(true);
    expect(clock.nowSeconds()).toBe(1);
    expect(await exit).toBe('was ended by SIGKILL');
    await process.end;
  });

  it('can be sent to and killed when it is gone', async () => {
    const { process, exit } = live('');
    await exit;
    expect(() => process.send({ type: 'stop' })).not.toThrow();
    expect(() => process.kill()).not.toThrow();
  });
});

/** An orphan that has ended may wait for its new parent to fetch it: that is not alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
