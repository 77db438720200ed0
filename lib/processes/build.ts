import { createHash } from "node:crypto";
import { glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "#lib/errors.ts";
import { lockFolder } from "#lib/processes/folder-lock.ts";
import { runTool, toolEnvironment } from "#lib/processes/tools.ts";

const SOURCES = [
  "{app,components,lib,public}/**/*",
  "prisma/schema/*.prisma",
  "{package.json,package-lock.json,tsconfig.json,next.config.js,postcss.config.js,proxy.ts,instrumentation.ts}",
];
const NOT_BUILT = /\.(test|spec)\.tsx?$|(^|\/)testing(-[a-z]+)?\.ts$/;
const LOCK_WAIT_MS = 15 * 60_000;
const LOCK_POLL_MS = 250;

/**
 * Builds the web console unless `.next` holds a build of exactly these sources, lock file, Node and server-action key. The
 * key that says so is written last: a build that was cut short is never taken for a good one. One build at a time per clone.
 * @throws AppError with the builder's last words
 */
export async function ensureBuilt(root: string, say: (line: string) => void): Promise<void> {
  const lock = await takeBuildLock(root);
  try {
    const keyFile = path.join(root, ".next", "lockstep-build");
    const wanted = await buildKey(root);
    if ((await readFile(keyFile, "utf8").catch(() => "")) === wanted) return;
    say("Building the web console. This happens once and takes about a minute.");
    await rm(keyFile, { force: true });
    await runTool(root, "next/dist/bin/next", ["build"], {
      env: { ...toolEnvironment(), NODE_ENV: "production" },
      failure: "The web console could not be built",
    });
    await writeFile(keyFile, wanted);
  } finally {
    await lock.release();
  }
}

async function takeBuildLock(root: string) {
  const folder = path.join(root, ".next");
  await mkdir(folder, { recursive: true });
  for (let waitedMs = 0; waitedMs < LOCK_WAIT_MS; waitedMs += LOCK_POLL_MS) {
    const lock = await lockFolder(folder);
    if (lock !== null) return lock;
    await sleep(LOCK_POLL_MS);
  }
  throw new AppError(
    "unavailable",
    "Another process has been building the web console for 15 minutes: end it, then start again.",
  );
}

async function buildKey(root: string): Promise<string> {
  const hash = createHash("sha256");
  hash
    .update(process.version)
    .update(process.arch)
    .update(process.env["NEXT_SERVER_ACTIONS_ENCRYPTION_KEY"] ?? "");
  const files: string[] = [];
  for await (const entry of glob(SOURCES, { cwd: root, withFileTypes: true })) {
    const file = path.relative(root, path.join(entry.parentPath, entry.name));
    if (entry.isFile() && !NOT_BUILT.test(file)) files.push(file);
  }
  for (const file of files.toSorted())
    hash
      .update(file)
      .update("\0")
      .update(await readFile(path.join(root, file)));
  return hash.digest("hex");
}
