// Compiles when a source file is newer than the last build; always cheap to call.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';

const stamp = 'dist/.built';
const newest = (folder) =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(`${entry.parentPath}/${entry.name}`).mtimeMs),
  );
const inputs = Math.max(newest('src'), statSync('tsconfig.json').mtimeMs, statSync('package-lock.json').mtimeMs);
if (existsSync(stamp) && statSync(stamp).mtimeMs > inputs) process.exit(0);
rmSync('dist', { recursive: true, force: true });
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
writeFileSync(stamp, '');
