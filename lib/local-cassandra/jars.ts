import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { AppError } from "#lib/errors.ts";
import type { LocalTools } from "#lib/local-cassandra/java.ts";
import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";

const FETCH_LIMIT_MS = 8 * 60_000;
const COMPLETE = "complete";

/** The folder that keeps the jars from run to run: below `XDG_CACHE_HOME`, else ~/.cache. */
export function defaultCache(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const given = env["XDG_CACHE_HOME"] ?? "";
  return path.join(given === "" ? path.join(homedir(), ".cache") : given, "lockstep", "cassandra");
}

/**
 * The folder with a release's jars. The first time Maven fetches what the committed pom names, with the user's own settings
 * (mirrors, proxies, credentials) and no standard input; later calls touch neither Maven nor the network. A folder is
 * complete or absent, also when two processes fetch at once.
 * @throws AppError with Maven's last words when the jars cannot be had, or when the cache cannot be written
 */
export async function ensureJars(
  release: CassandraRelease,
  tools: LocalTools,
  cache: string = defaultCache(),
): Promise<string> {
  const pom = pomOf(release);
  const folder = await jarFolder(release, cache);
  if (await isComplete(folder)) return folder;
  const unfinished = await newFolder(cache, release);
  try {
    await fetchJars(pom, unfinished, tools, release);
    await writeFile(path.join(unfinished, COMPLETE), "");
    await rename(unfinished, folder).catch(async (cause: unknown) => {
      if (!(await isComplete(folder))) throw cause;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** Whether a release's jars are there, so that `ensureJars` needs neither Maven nor the network. */
export async function hasJars(release: CassandraRelease, cache: string = defaultCache()): Promise<boolean> {
  return isComplete(await jarFolder(release, cache));
}

function pomOf(release: CassandraRelease): string {
  return path.join(import.meta.dirname, "poms", `cassandra-${release}.xml`);
}

/** Named by the pom's content, so that a change of it fetches anew. */
async function jarFolder(release: CassandraRelease, cache: string): Promise<string> {
  const hash = createHash("sha256")
    .update(await readFile(pomOf(release)))
    .digest("hex");
  return path.join(cache, `${release}-${hash.slice(0, 12)}`);
}

async function newFolder(cache: string, release: CassandraRelease): Promise<string> {
  try {
    await mkdir(cache, { recursive: true });
    return await mkdtemp(path.join(cache, `${release}-fetching-`));
  } catch (cause) {
    throw new AppError(
      "unavailable",
      `The jars of Cassandra cannot be kept in ${cache}: make it writable, or set XDG_CACHE_HOME to a folder that is.`,
      { cause },
    );
  }
}

async function isComplete(folder: string): Promise<boolean> {
  return (await readdir(folder).catch((): string[] => [])).includes(COMPLETE);
}

async function fetchJars(
  pom: string,
  folder: string,
  tools: LocalTools,
  release: CassandraRelease,
): Promise<void> {
  const goal = ["dependency:copy-dependencies", `-DoutputDirectory=${folder}`, "-DincludeScope=runtime"];
  const args = ["--batch-mode", "--no-transfer-progress", "--file", pom, ...goal];
  const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve) => {
    const child = spawn(tools.maven, args, {
      cwd: folder,
      env: { ...process.env, JAVA_HOME: tools.java.home },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: FETCH_LIMIT_MS,
      killSignal: "SIGKILL",
    });
    let words = "";
    const take = (chunk: Buffer) => (words = `${words}${chunk.toString()}`.slice(-8_000));
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("error", (cause) => resolve({ code: null, output: cause.message }));
    child.once("close", (end) => resolve({ code: end, output: words }));
  });
  if (code === 0) return;
  const errors = output.split("\n").filter((line) => line.includes("ERROR"));
  const words = (errors.length === 0 ? output.trim().split("\n").slice(-5) : errors.slice(0, 5)).join("\n");
  throw new AppError(
    "unavailable",
    `Maven could not get the jars of Cassandra ${release} from its repositories (the first time needs the network, or a mirror in Maven's settings):\n${words}`,
  );
}
