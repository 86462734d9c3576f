import type { CommanderError } from 'commander';
import { InputError } from '../errors.js';

/**
 * What commander says about a command line that it refuses, in the form of every other message.
 * @param command the command's name; null where none was recognised.
 */
export function usageError(error: CommanderError, command: string | null): InputError {
  const where = command ?? 'command line';
  const help = command === null ? '`hyperbudget --help`' : `\`hyperbudget ${command} --help\``;
  const [first = '', hint = ''] = error.message.replace(/^error: /, '').split('\n');
  const [quoted = first, value = ''] = [...first.matchAll(/'([^']*)'/g)].map(([, inner]) => inner ?? '');
  const tryThis = /Did you mean (?:one of )?(.*)\?\)/.exec(hint)?.[1] ?? help;
  switch (error.code) {
    case 'commander.unknownOption':
      return new InputError(where, 'a known option', quoted, tryThis);
    case 'commander.unknownCommand':
      return new InputError(where, 'a known command', quoted, tryThis);
    case 'commander.missingMandatoryOptionValue':
      return new InputError(where, `the option ${quoted}`, 'none', tryThis);
    case 'commander.missingArgument':
      return new InputError(where, `the argument <${quoted}>`, 'none', tryThis);
    case 'commander.optionMissingArgument':
      return new InputError(where, `a value for ${quoted}`, 'none', tryThis);
    case 'commander.excessArguments': {
      const [, most, got] = /Expected (\d+) arguments? but got (\d+)/.exec(first) ?? [];
      return new InputError(where, `at most ${most} arguments`, `${got}`, tryThis);
    }
    case 'commander.invalidArgument': {
      // Of an argument the parser names the value first, of an option last.
      const [what, got] = first.startsWith('command-argument') ? [`<${value}>`, quoted] : [quoted, value];
      const choices = /Allowed choices are (.*)\.$/.exec(first)?.[1] ?? 'a valid value';
      return new InputError(`${where} ${what}`, choices, got, tryThis);
    }
    default:
      return new InputError(where, 'a usable command line', first, tryThis);
  }
}
