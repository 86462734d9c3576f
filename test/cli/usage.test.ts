import { Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { usageError } from '../../src/cli/usage.js';
import { hyperbudget, temporaryFolder } from './program.js';

describe('a command line that is not understood', () => {
  it.each([
    ['an unknown command', ['serach'], 'command line: expected a known command, got serach; try search'],
    [
      'an unknown option',
      ['run', '--data', 'd', '--bugdet', '5m'],
      'run: expected a known option, got --bugdet; try --budget',
    ],
    [
      'no mandatory option',
      ['run'],
      'run: expected the option --data <dir>, got none; try `npx hyperbudget run --help`',
    ],
    [
      'no budget for a search',
      ['search', '--data', 'd'],
      'search: expected the option --budget <duration>, got none; try `npx hyperbudget search --help`',
    ],
    [
      'an unknown option where a needed one is missing',
      ['run', '--dta', 'd', '--budget', '5m'],
      'run: expected known options and the option --data <dir>, got --dta; try --data',
    ],
    [
      'an option that is like no other where a needed one is missing',
      ['search', '--data', 'd', '--xyzzyxyzzy'],
      'search: expected known options and the option --budget <duration>, got --xyzzyxyzzy; try `npx hyperbudget search --help`',
    ],
    [
      'an option without its value',
      ['plan', '--budget'],
      'plan: expected a value for --budget <duration>, got none; try `npx hyperbudget plan --help`',
    ],
    ['no argument', ['resume'], 'resume: expected the argument <study>, got none; try `npx hyperbudget resume --help`'],
    [
      'too many arguments',
      ['score', 'a', 'b', 'c'],
      'score: expected at most 2 arguments, got c; try `npx hyperbudget score --help`',
    ],
    [
      'an argument where there are only options',
      ['run', '--data', 'd', 'extra'],
      'run: expected no argument, got extra; try `npx hyperbudget run --help`',
    ],
    [
      'a value that is no choice',
      ['export', 's', '--format', 'xml'],
      'export --format <format>: expected json, csv, ledger, ledger-json, got xml; try `npx hyperbudget export --help`',
    ],
    [
      'an argument that is no choice',
      ['engine', 'install', 'tpu'],
      'engine install <device>: expected cpu, gpu, got tpu; try `npx hyperbudget engine install --help`',
    ],
    ['an unknown part of a command', ['engine', 'instal'], 'engine: expected a known command, got instal; try install'],
  ])('is refused in one line with code 2: %s', async (_, words, message) => {
    const { code, stdout, stderr } = await hyperbudget(temporaryFolder(), ...words);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: `hyperbudget: ${message}\n` });
  });

  it('is told in the words of the parser where they fit no pattern', () => {
    const error = new CommanderError(1, 'commander.conflictingOption', "error: option '-a' cannot be used with '-b'");
    expect(usageError(error, { name: 'run', command: new Command('run'), words: [] }).message).toBe(
      "run: expected a usable command line, got option '-a' cannot be used with '-b'; try `npx hyperbudget run --help`",
    );
  });
});
