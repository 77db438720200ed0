import { Client, types } from "cassandra-driver";

/** A cell as plain programs hold it. */
export type PlainCell = { readonly row: Buffer; readonly column: Buffer; readonly value: Buffer };

/** A driver session as anybody would open it, on a server that asks for no password. The caller shuts it down. */
export async function openPlainClient(server: {
  readonly host: string;
  readonly port: number;
  readonly dataCentre: string;
}): Promise<Client> {
  const client = new Client({
    contactPoints: [`${server.host}:${server.port}`],
    localDataCenter: server.dataCentre,
    socketOptions: { readTimeout: 60_000 },
  });
  await client.connect();
  return client;
}

/** How the plain programs work: requests or token ranges at once, cells of one row in one request, and rows of a page. */
export type PlainPace = { readonly atOnce: number; readonly batch: number; readonly page: number };

/** What throughput's own measurements used. */
export const PLAIN_PACE: PlainPace = { atOnce: 256, batch: 50, page: 5_000 };

/**
 * The yardstick for writing: what anybody would write with this driver, prepared, so many requests at once, the cells of one row in one
 * unlogged batch. No order, no checkpoint, no retry. `table` is quoted and qualified. Gives the cells written.
 */
export async function plainWrite(
  client: Client,
  table: string,
  timestamp: bigint,
  cells: Iterable<PlainCell>,
  { atOnce, batch }: PlainPace = PLAIN_PACE,
): Promise<number> {
  const query = `INSERT INTO ${table} (key, column1, column2, value) VALUES (?, ?, ?, ?) USING TIMESTAMP ${timestamp}`;
  const options = { prepare: true, consistency: types.consistencies.localQuorum };
  const column2 = types.Long.fromString((~timestamp).toString());
  const waiting = requestsOf(cells, batch)[Symbol.iterator]();
  let written = 0;
  const work = async () => {
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      const queries = next.value.map(({ row, column, value }) => ({
        query,
        params: [row, column, column2, value],
      }));
      const [only] = queries;
      if (queries.length === 1 && only !== undefined) await client.execute(query, only.params, options);
      else await client.batch(queries, { ...options, logged: false });
      written += queries.length;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return written;
}

function* requestsOf(cells: Iterable<PlainCell>, batch: number): Generator<readonly PlainCell[]> {
  let request: PlainCell[] = [];
  for (const cell of cells) {
    const [first] = request;
    if (first !== undefined && (request.length >= batch || !first.row.equals(cell.row))) {
      yield request;
      request = [];
    }
    request.push(cell);
  }
  if (request.length > 0) yield request;
}

/**
 * The yardstick for reading: every row of a table, page after page, some ranges at once: of tokens where the cluster is hashed, and cut at
 * `cuts`, in order, where it keeps rows in the order of their keys. Gives rows and bytes.
 */
export async function plainRead(
  client: Client,
  table: string,
  cuts: "hashed" | readonly Buffer[],
  { page, atOnce }: PlainPace = { ...PLAIN_PACE, atOnce: 4 },
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const sum = { rows: 0, bytes: 0 };
  const cql = `SELECT key, column1, column2, value FROM ${table}`;
  const parts =
    cuts === "hashed"
      ? Array.from({ length: atOnce }, (_, index) => tokenCondition(index, atOnce))
      : [null, ...cuts].map((cut, index) => keyCondition(cut, cuts[index] ?? null));
  await Promise.all(
    parts.map(async (where) => {
      for (let state: string | undefined, more = true; more; more = state !== undefined) {
        const result = await client.execute(`${cql}${where}`, [], {
          prepare: true,
          fetchSize: page,
          autoPage: false,
          consistency: types.consistencies.localQuorum,
          ...(state === undefined ? {} : { pageState: state }),
        });
        for (const row of result.rows) {
          sum.rows += 1;
          for (const name of ["key", "column1", "value"]) {
            const part: unknown = row[name];
            if (Buffer.isBuffer(part)) sum.bytes += part.length;
          }
        }
        state = result.pageState ?? undefined;
      }
    }),
  );
  return sum;
}

function tokenCondition(index: number, parts: number): string {
  const share = (1n << 64n) / BigInt(parts);
  const from = -(1n << 63n) + BigInt(index) * share;
  const upper = index === parts - 1 ? "" : ` AND token(key) < ${from + share}`;
  return ` WHERE token(key) >= ${from}${upper}`;
}

function keyCondition(from: Buffer | null, to: Buffer | null): string {
  const ends = [
    ...(from === null ? [] : [`token(key) >= token(0x${from.toString("hex")})`]),
    ...(to === null ? [] : [`token(key) < token(0x${to.toString("hex")})`]),
  ];
  return ends.length === 0 ? "" : ` WHERE ${ends.join(" AND ")}`;
}
