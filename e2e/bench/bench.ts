import type { Figure } from "#e2e/bench/figures.ts";
import type { BenchPostgres } from "#e2e/bench/postgres.ts";
import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";
import type { LocalCassandra } from "#lib/local-cassandra/server.ts";

/** What the parts of one run share. */
export type Bench = {
  /** Cells of a seeded store. */
  readonly cells: number;
  /** How often a measurement is taken; the best counts, because whatever else runs here only makes it slower. */
  readonly repeats: number;
  /** The root of the project. */
  readonly root: string;
  /** For whatever a part leaves lying about; it goes with the run. */
  readonly folder: string;
  readonly postgres: BenchPostgres;
  /** A server of this release, started when first asked for, and ended with the run. */
  cassandra(release: CassandraRelease): Promise<LocalCassandra>;
  /** Says what is going on. */
  say(line: string): void;
  /** Takes a figure, and prints it. */
  report(figure: Figure): void;
};

/** A group of measurements that can be asked for by name. */
export type Part = {
  readonly name: string;
  readonly about: string;
  readonly needs: "postgres" | "cassandra";
  run(bench: Bench): Promise<void>;
};
