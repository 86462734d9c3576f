import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProgramError, runProgram } from '../../../src/engine/install/run-program.js';
import { temporaryFolder } from './surroundings.js';

const node = (script: string) => [process.execPath, '-e', script];
const { env } = process;

describe('a program', () => {
  it('hands over its standard output', async () => {
    expect(await runProgram(node('console.log(1); console.error(2)'), { env })).toBe('1\n');
  });

  it('tells its last lines when it fails', async () => {
    const script = 'for (let i = 0; i < 100; i++) console.error("line " + i); process.exitCode = 3';
    const failure = runProgram(node(script), { env });
    await expect(failure).rejects.toThrow(ProgramError);
    const { message } = (await failure.catch((error: Error) => error as Error)) as Error;
    expect(message).toContain('exited with code 3');
    expect(message).toMatch(/line 88\n {2}.*line 99$/s);
    expect(message).not.toContain('line 87\n');
  });

  it('that cannot be started is named', async () => {
    await expect(runProgram(['/no/such/program'], { env })).rejects.toThrow('/no/such/program could not be started');
  });

  it('ends with whatever it started when the signal is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('stopped by the user');
    const marker = join(temporaryFolder(), 'started');
    // Its child holds the pipe of standard output open: the program counts as ended only when both are gone.
    const script = `require("child_process").spawn("sleep", ["600"], { stdio: "inherit" });
      require("fs").writeFileSync(${JSON.stringify(marker)}, ""); setInterval(() => 0, 1000)`;
    const running = runProgram(node(script), { env, signal: controller.signal });
    await expect.poll(() => existsSync(marker)).toBe(true);
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
  });

  it('does not start under an aborted signal', async () => {
    await expect(runProgram(node(''), { env, signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    );
  });
});
