import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import path from "node:path";
import { type CassandraSetup, configurationFolder } from "#lib/local-cassandra/configuration.ts";
import type { LocalTools } from "#lib/local-cassandra/java.ts";
import { RELEASES } from "#lib/local-cassandra/releases.ts";

/** The program and arguments that start a server as it was set up; `heapMb` is the most that its heap may grow to. */
export async function serverCommand(
  setup: CassandraSetup,
  tools: LocalTools,
  jars: string,
  heapMb: number,
): Promise<readonly string[]> {
  const facts = RELEASES[setup.release];
  const names = (await readdir(jars)).filter((name) => name.endsWith(".jar")).toSorted();
  const conf = configurationFolder(setup.folder);
  const classPath = [conf, ...names.map((name) => path.join(jars, name))].join(path.delimiter);
  return [
    ...(await dieWithParent()),
    tools.java.program,
    `-javaagent:${path.join(jars, facts.agent)}`,
    "-Xms256m",
    `-Xmx${heapMb}m`,
    "-Xss512k",
    // Compiling less is up sooner; compiling all is faster for minutes under load.
    ...(setup.load === "light" ? ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"] : ["-XX:+UseParallelGC"]),
    // Each connection checks a password. Those of a rehearsal are random or known to all, so a slow hash guards nothing.
    ...(setup.load === "light" ? ["-Dcassandra.auth_bcrypt_gensalt_log2_rounds=4"] : []),
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.net.preferIPv4Stack=true",
    "-Djava.awt.headless=true",
    ...(tools.java.major >= 18 ? ["-Djava.security.manager=allow"] : []),
    ...facts.exports.flatMap((name) => ["--add-exports", `${name}=ALL-UNNAMED`]),
    ...facts.opens.flatMap((name) => ["--add-opens", `${name}=ALL-UNNAMED`]),
    ...facts.flags,
    `-Djava.io.tmpdir=${setup.scratch}`,
    `-Dcassandra.storagedir=${setup.folder}`,
    `-Dcassandra.config=file://${path.join(conf, "cassandra.yaml")}`,
    "-Dcassandra-foreground=yes",
    "-Dcassandra.superuser_setup_delay_ms=0",
    "-Dcassandra.skip_wait_for_gossip_to_settle=0",
    "-Dcassandra.ring_delay_ms=100",
    "-classpath",
    classPath,
    "org.apache.cassandra.service.CassandraDaemon",
  ];
}

/** Source: setpriv(1), PR_SET_PDEATHSIG of prctl(2). SIGKILL ends a frozen process too; batch syncing keeps its data. */
async function dieWithParent(): Promise<readonly string[]> {
  if (process.platform !== "linux") return [];
  for (const program of ["/usr/bin/setpriv", "/bin/setpriv"]) {
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return [program, "--pdeathsig", "KILL", "--"];
  }
  return [];
}
