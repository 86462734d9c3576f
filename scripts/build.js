// Compiles when a source file is newer than the last build; always cheap to call. The new build takes the old one's place in one step, so that a
// program that is running or a failed compilation never finds half a build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

// `npm ci --omit=dev` prepares, too, but has no compiler: the build that is there, if any, stays.
if (process.env.npm_lifecycle_event === 'prepare' && !existsSync('node_modules/typescript')) {
  console.error('hyperbudget: not built, TypeScript is not installed');
  process.exit(0);
}

const newest = (folder) =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(`${entry.parentPath}/${entry.name}`).mtimeMs),
  );
const stamp = 'dist/.built';
const inputs = Math.max(newest('src'), statSync('tsconfig.json').mtimeMs, statSync('package-lock.json').mtimeMs);
if (existsSync(stamp) && statSync(stamp).mtimeMs > inputs) process.exit(0);
const fresh = `dist.new-${process.pid}`;
const old = `dist.old-${process.pid}`;
const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--outDir', fresh];
const { status } = spawnSync(process.execPath, compiler, { stdio: 'inherit' });
if (status !== 0) {
  rmSync(fresh, { recursive: true, force: true });
  process.exit(status ?? 1);
}
writeFileSync(`${fresh}/.built`, '');
if (existsSync('dist')) renameSync('dist', old);
renameSync(fresh, 'dist');
rmSync(old, { recursive: true, force: true });
