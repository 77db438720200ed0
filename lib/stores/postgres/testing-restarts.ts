import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { type EmbeddedPostgres, startEmbeddedPostgres } from "#lib/db/embedded/embedded-postgres.ts";

/** A Postgres of a test's own, which it may crash. */
export type CrashingServer = {
  /** The superuser's URL of a database. */
  url(database: string): string;
  urlFor: EmbeddedPostgres["urlFor"];
  /** Ends the server at once, without a checkpoint, as a crash of its machine would (SIGQUIT: immediate shutdown). */
  crash(): Promise<void>;
  /** Starts it again on the same data and port; it recovers from its log. */
  start(): Promise<void>;
  remove(): Promise<void>;
};

/** Starts one. Commits are not waited for unless a session asks for it, so that what relies on them must ask. */
export async function startCrashingServer(): Promise<CrashingServer> {
  const folder = await mkdtemp(path.join(tmpdir(), "lockstep-crashing-"));
  const options = {
    folder: path.join(folder, "postgres"),
    passwordFile: path.join(folder, "superuser"),
    settings: { synchronous_commit: "off", fsync: "off", wal_writer_delay: "10s" },
  };
  let server = await startEmbeddedPostgres(options);
  return {
    url: (database) => server.urlFor(database),
    urlFor: (...about) => server.urlFor(...about),
    async crash() {
      process.kill(server.pid, "SIGQUIT");
      await server.exited;
    },
    async start() {
      server = await startEmbeddedPostgres(options);
    },
    async remove() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
