import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";

/** A Java that can run the servers: the folder that JAVA_HOME would name, and its major version. */
export type Java = { readonly home: string; readonly program: string; readonly major: number };

/** The tools that local Cassandra servers need, as found on this machine. */
export type LocalTools = { readonly java: Java; readonly maven: string };

/** The tools, or one sentence that names each one that is missing and how to get it. */
export type ToolSearch =
  | { readonly found: true; readonly tools: LocalTools }
  | { readonly found: false; readonly missing: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the search looks; a test gives places of its own. */
export type SearchPlaces = { readonly env: Environment; readonly jvmFolders: readonly string[] };

const MAJOR_MIN = 17;
// Cassandra 5.0 calls System.setSecurityManager, which Java 24 took away (JEP 486).
const MAJOR_MAX = 23;
const JVM_FOLDERS = ["/usr/lib/jvm", "/opt/java", "/Library/Java/JavaVirtualMachines"];

/**
 * Looks for a Java of a fitting version (JAVA_HOME, then PATH, then the folders where systems keep theirs) and for Maven on
 * PATH. Never throws: a program that does not run is as good as missing.
 */
export async function findTools(
  places: SearchPlaces = { env: process.env, jvmFolders: JVM_FOLDERS },
): Promise<ToolSearch> {
  const [search, maven] = await Promise.all([findJava(places), onPath("mvn", places.env)]);
  if (search.java !== null && maven !== null) return { found: true, tools: { java: search.java, maven } };
  const parts = [
    ...(search.java === null ? [javaWords(search.unfit)] : []),
    ...(maven === null ? ["Maven (mvn on PATH; Debian: apt-get install maven)"] : []),
  ];
  return { found: false, missing: `Local Cassandra servers need ${parts.join(", and ")}.` };
}

function javaWords(unfit: readonly number[]): string {
  const seen = [...new Set(unfit)].toSorted((a, b) => a - b);
  const others = seen.length === 0 ? "none was found" : `only Java ${seen.join(" and ")} was found`;
  return `a JDK of version ${MAJOR_MIN} to ${MAJOR_MAX} (${others}; set JAVA_HOME, or on Debian: apt-get install default-jdk-headless)`;
}

async function findJava(
  places: SearchPlaces,
): Promise<{ readonly java: Java | null; readonly unfit: readonly number[] }> {
  const unfit: number[] = [];
  for (const program of await candidates(places)) {
    const java = await askJava(program);
    if (java === null) continue;
    if (java.major >= MAJOR_MIN && java.major <= MAJOR_MAX) return { java, unfit };
    unfit.push(java.major);
  }
  return { java: null, unfit };
}

async function candidates({ env, jvmFolders }: SearchPlaces): Promise<readonly string[]> {
  const home = env["JAVA_HOME"] ?? "";
  const found = home === "" ? [] : [path.join(home, "bin", "java")];
  const first = await onPath("java", env);
  if (first !== null) found.push(first);
  for (const folder of jvmFolders) {
    const names = await readdir(folder).catch((): string[] => []);
    for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
      found.push(path.join(folder, name, "bin", "java"), path.join(folder, name, "Contents/Home/bin/java"));
    }
  }
  return found;
}

const version = z.coerce.number().int();

/** Java's own word on its home and version. Source: `java -XshowSettings:properties -version`, on standard error. */
async function askJava(program: string): Promise<Java | null> {
  if (!(await isExecutable(program))) return null;
  const words = await new Promise<string>((resolve) => {
    execFile(
      program,
      ["-XshowSettings:properties", "-version"],
      { timeout: 20_000, encoding: "utf8" },
      (_error, _stdout, stderr) => resolve(stderr),
    );
  });
  const home = /^\s*java\.home = (.+)$/m.exec(words)?.[1]?.trim();
  const major = version.safeParse(/^\s*java\.specification\.version = ([0-9]+)\s*$/m.exec(words)?.[1]);
  if (home === undefined || !major.success) return null;
  return { home, program: path.join(home, "bin", "java"), major: major.data };
}

async function onPath(name: string, env: Environment): Promise<string | null> {
  for (const folder of (env["PATH"] ?? "").split(path.delimiter)) {
    if (folder !== "" && (await isExecutable(path.join(folder, name)))) return path.join(folder, name);
  }
  return null;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
