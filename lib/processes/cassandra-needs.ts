import { ensureJars } from "#lib/local-cassandra/jars.ts";
import { findTools, type LocalTools } from "#lib/local-cassandra/java.ts";
import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";
import { installPackages, mayInstallPackages } from "#lib/processes/debian-packages.ts";

const PACKAGES = ["default-jdk-headless", "maven"];
const TESTED: readonly CassandraRelease[] = ["2.2.18", "5.0.6"];

/**
 * Makes sure that the Cassandra tests can start their servers: Java and Maven (as root on Debian they are installed) and the
 * servers' jars. What is missing, in words for the person who runs the tests; null when all is there.
 */
export async function ensureCassandra(): Promise<string | null> {
  const tools = await ensureTools();
  if (typeof tools === "string") return tools;
  try {
    for (const release of TESTED) await ensureJars(release, tools);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function ensureTools(): Promise<LocalTools | string> {
  const found = await findTools();
  if (found.found) return found.tools;
  if (!(await mayInstallPackages())) return found.missing;
  const output = await installPackages(PACKAGES);
  const again = await findTools();
  return again.found ? again.tools : `${again.missing} They could not be installed:\n${output.slice(-2000)}`;
}
