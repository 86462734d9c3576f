import type { Command, CommanderError } from 'commander';
import { InputError } from '../errors.js';
import { nearestName } from '../space/nearest.js';

/** The command that a command line names. */
export interface CalledCommand {
  /** With that of the command it is a part of: `engine install`. */
  readonly name: string;
  readonly command: Command;
  /** What follows the name. */
  readonly words: readonly string[];
}

/** What is missing may stand there misspelt: the first unknown option, with the known one that was most likely meant; null for none. */
function unknownOption({ command, words }: CalledCommand): { readonly got: string; readonly meant?: string } | null {
  const [got] = command.parseOptions([...words]).unknown;
  if (got === undefined) return null;
  const meant = nearestName(got, command.options.map(({ long }) => long ?? '').filter(Boolean));
  return meant === undefined ? { got } : { got, meant };
}

function atMost(count: number): string {
  if (count === 0) return 'no argument';
  return count === 1 ? 'one argument' : `at most ${count} arguments`;
}

/**
 * What commander says about a command line that it refuses, in the form of every other message.
 * @param called null where no command was recognised.
 */
export function usageError(error: CommanderError, called: CalledCommand | null): InputError {
  const where = called?.name ?? 'command line';
  const help = called === null ? '`npx hyperbudget --help`' : `\`npx hyperbudget ${called.name} --help\``;
  const [first = '', hint = ''] = error.message.replace(/^error: /, '').split('\n');
  const [quoted = first, value = ''] = [...first.matchAll(/'([^']*)'/g)].map(([, inner]) => inner ?? '');
  const tryThis = /Did you mean (?:one of )?(.*)\?\)/.exec(hint)?.[1] ?? help;
  switch (error.code) {
    case 'commander.unknownOption':
      return new InputError(where, 'a known option', quoted, tryThis);
    case 'commander.unknownCommand':
      return new InputError(where, 'a known command', quoted, tryThis);
    case 'commander.missingMandatoryOptionValue': {
      const unknown = called && unknownOption(called);
      if (unknown === null) return new InputError(where, `the option ${quoted}`, 'none', tryThis);
      return new InputError(where, `known options and the option ${quoted}`, unknown.got, unknown.meant ?? tryThis);
    }
    case 'commander.missingArgument':
      return new InputError(where, `the argument <${quoted}>`, 'none', tryThis);
    case 'commander.optionMissingArgument':
      return new InputError(where, `a value for ${quoted}`, 'none', tryThis);
    case 'commander.excessArguments': {
      const [, most = '0', count = ''] = /Expected (\d+) arguments? but got (\d+)/.exec(first) ?? [];
      const got = called?.command.parseOptions([...called.words]).operands[Number(most)];
      return new InputError(where, atMost(Number(most)), got ?? count, tryThis);
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
