import { AdapterError } from "#lib/errors.ts";
import type { CellBlock } from "#lib/mover/cell-block.ts";
import type { ShardWriter } from "#lib/mover/cell-sink.ts";
import type { Checkpoint, ShardLease } from "#lib/mover/ledger.ts";
import { relationOf, type TableSite } from "#lib/stores/postgres/cell-tables.ts";
import { openSession, type PostgresTarget, type Session } from "#lib/stores/postgres/connection.ts";
import { CopyInQuery } from "#lib/stores/postgres/copy-in-query.ts";
import { COPY_SETTINGS, NO_IDLE_LIMIT } from "#lib/stores/postgres/copy-out.ts";
import { isStart, setUpAnew } from "#lib/stores/postgres/copy-start.ts";
import { leaseLost, moverCommitError, moverError } from "#lib/stores/postgres/mover-errors.ts";
import { insertCheckpoint, readCheckpoint, takeFence } from "#lib/stores/postgres/progress-tables.ts";
import { COPY_SESSION } from "#lib/stores/postgres/session-pool.ts";

/** Durable or not at all, even where somebody turned that off: the ledger follows what we say. */
const DURABLE =
  "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";

/**
 * Opens a shard on a connection of its own and takes its fence. @throws AdapterError `lease-lost` when a newer attempt has it
 */
export async function openPostgresShard(
  target: PostgresTarget,
  site: TableSite,
  lease: ShardLease,
): Promise<ShardWriter> {
  const session = await openSession(target, COPY_SESSION);
  try {
    await session.client.query(
      `SET lock_timeout = ${target.config.lockTimeoutMs}; SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; ${NO_IDLE_LIMIT}`,
    );
    if (!(await takeFence(session.client, site, lease))) throw leaseLost(lease.shard.table);
    const recorded = await readCheckpoint(session.client, site, lease);
    return new PostgresShardWriter(session, site, lease, recorded);
  } catch (error) {
    await session.close();
    throw moverError(error);
  }
}

/** One chunk is one transaction: COPY, then the checkpoint under the fence, then COMMIT. After any failure only `close` is left. */
class PostgresShardWriter implements ShardWriter {
  readonly recorded: Checkpoint | null;
  readonly #session: Session;
  readonly #site: TableSite;
  readonly #lease: ShardLease;
  readonly #failed = Promise.withResolvers<never>();
  #copy: CopyInQuery | null = null;
  /** The first failure of connection or COPY; whatever fails after it only says so in other words. */
  #cause: unknown = null;

  constructor(session: Session, site: TableSite, lease: ShardLease, recorded: Checkpoint | null) {
    this.#session = session;
    this.#site = site;
    this.#lease = lease;
    this.recorded = recorded;
    this.#failed.promise.catch(() => undefined);
    const { client } = session;
    client.on("error", this.#fail);
    client.on("end", () =>
      this.#fail(new AdapterError("connection-lost", "none", "The connection to the destination was lost.")),
    );
  }

  readonly #fail = (error: unknown): void => {
    this.#cause ??= error;
    this.#failed.reject(error);
  };

  async write(block: CellBlock): Promise<void> {
    try {
      this.#copy ??= await this.#begin();
      await this.#orFailure(this.#copy.write(block));
    } catch (error) {
      throw moverError(this.#cause ?? error);
    }
  }

  async #begin(): Promise<CopyInQuery> {
    const { client } = this.#session;
    await client.query("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED");
    await client.query(COPY_SETTINGS);
    const copy = client.query(
      new CopyInQuery(
        `COPY ${relationOf(this.#site, this.#lease.shard.table)} (row_name, col_name, ts, val) FROM STDIN (FORMAT binary)`,
      ),
    );
    copy.done.catch(this.#fail);
    return copy;
  }

  async commit(checkpoint: Checkpoint): Promise<void> {
    const { client } = this.#session;
    try {
      await this.#endCopy();
      await this.#orFailure(client.query(DURABLE));
      if (!(await this.#orFailure(insertCheckpoint(client, this.#site, this.#lease, checkpoint)))) {
        throw await this.#refusal();
      }
    } catch (error) {
      throw moverError(this.#cause ?? error);
    }
    let command: string;
    try {
      ({ command } = await this.#orFailure(client.query("COMMIT")));
    } catch (error) {
      throw moverCommitError(error);
    }
    if (command !== "COMMIT") {
      throw new AdapterError(
        "rolled-back",
        "none",
        "The server rolled the chunk back. Nothing of it was written.",
      );
    }
  }

  async #refusal(): Promise<AdapterError> {
    const { start, shard } = this.#lease;
    const isOurs = await this.#orFailure(isStart(this.#session.client, this.#site, start));
    return isOurs ? leaseLost(shard.table) : setUpAnew(start);
  }

  async #endCopy(): Promise<void> {
    const copy = this.#copy;
    this.#copy = null;
    if (copy === null) {
      await this.#orFailure(this.#session.client.query("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED"));
      return;
    }
    await this.#orFailure(copy.end());
    await this.#orFailure(copy.done);
  }

  /** A stream on a dead connection may wait for ever; the connection's own failure ends the wait. */
  async #orFailure<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failed.promise]);
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}
