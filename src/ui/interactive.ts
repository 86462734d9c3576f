type Environment = Readonly<Record<string, string | undefined>>;

export interface InteractiveQuestion {
  readonly stdout: { readonly isTTY?: boolean };
  readonly stdin: { readonly isTTY?: boolean };
  readonly env: Environment;
  /** What the user asked for on the command line. */
  readonly headless: boolean;
}

/** True where Ink would hold its frames back until the end; the rule is that of Ink's own detection. */
function isContinuousIntegration(env: Environment): boolean {
  if (env['CI'] === '0' || env['CI'] === 'false') return false;
  return Object.keys(env).some(
    (name) => env[name] !== undefined && (name === 'CI' || name === 'CONTINUOUS_INTEGRATION' || name.startsWith('CI_')),
  );
}

/** Whether to draw a screen: both ends are a terminal that understands cursor control, and nobody asked for plain lines. */
export function isInteractive({ stdout, stdin, env, headless }: InteractiveQuestion): boolean {
  if (headless || env['TERM'] === 'dumb' || isContinuousIntegration(env)) return false;
  return stdout.isTTY === true && stdin.isTTY === true;
}

/** True when the locale names a character set other than UTF-8; without a locale UTF-8 is assumed. */
export function prefersAscii(env: Environment): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return locale !== '' && !/utf-?8/i.test(locale);
}
