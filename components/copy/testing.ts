import { copyView, type CopyStateWord, type CopyView } from "#lib/mover/copy-view.ts";

const MIGRATION = "00000000-0000-4000-8000-000000000007";
const SECOND = 1000;
const MINUTE = 60 * SECOND;

export interface CopyFixture {
  readonly state: CopyStateWord;
  readonly tables: number;
  readonly kind?: CopyView["kind"];
  readonly differences?: number;
  readonly nowMs?: number;
}

/** A run for tests of the pages, twenty minutes old, in any of its states and with any number of tables. */
export function copyFixture({
  state,
  tables,
  kind = "copy",
  differences = 0,
  nowMs = 1_763_700_000_000,
}: CopyFixture): CopyView {
  const startMs = nowMs - 20 * MINUTE;
  const at = (ms: number) => new Date(ms).toISOString();
  const isWaiting = state === "waiting";
  const isComplete = state === "complete";
  const goesOn = state === "running" || state === "throttled";
  const rows = Array.from({ length: tables }, (_, index) => tableFixture(index, tables, state, differences));
  const shards = {
    done: rows.reduce((sum, row) => sum + row.shards.done, 0),
    held: goesOn ? 6 : 0,
    failed: rows.reduce((sum, row) => sum + row.shards.failed, 0),
    total: rows.reduce((sum, row) => sum + row.shards.total, 0),
  };
  const done = rows.filter((row) => row.state === "done").length;
  return copyView.parse({
    migrationId: MIGRATION,
    version: 12,
    stepId: isComplete || state === "cancelled" ? null : kind === "copy" ? "copy" : "validate",
    run: `${kind}:store:9007199254740993:1`,
    kind,
    round: 1,
    start: "9007199254740993",
    readAt: at(nowMs),
    state,
    headline: headline(state, kind, done, tables),
    limitedBy: state === "running" ? "destination" : state === "throttled" ? "throttle" : null,
    shares: goesOn
      ? { source: 21, filter: 8, destination: 66, throttle: state === "throttled" ? 5 : 0 }
      : null,
    shards,
    tableCount: { done, total: tables },
    counts: {
      versions: isWaiting ? 0 : 21_400_311,
      cells: isWaiting ? 0 : 18_201_774,
      older: 0,
      inProgress: 0,
      aborted: 0,
      later: 0,
      deleted: 0,
      sentinels: 0,
      bytes: isWaiting ? 0 : 2_310_774_101,
      differences,
    },
    bytes: isWaiting ? 0 : 2_310_774_101,
    bytesRead: isWaiting ? 0 : 2_910_774_101,
    rate: goesOn ? { cellsPerSecond: 41_233, bytesPerSecond: 5_220_100 } : null,
    points: isWaiting ? [] : pointFixtures(startMs, state === "paused" ? 14 : 20),
    marks: isWaiting ? [] : markFixtures(startMs, state),
    tables: rows.slice(0, 500),
    lanes: goesOn ? laneFixtures(nowMs) : [],
    errors: errorFixtures(nowMs, state),
    failedShards:
      shards.failed === 0
        ? []
        : [
            {
              shard: 17,
              table: rows[0]?.name ?? "",
              class: "poison",
              code: "value-too-large",
              message: "A value of 17 MB is larger than the destination takes.",
            },
          ],
    control: {
      wanted: state === "paused" ? "pause" : state === "cancelled" ? "cancel" : "run",
      lanes: 8,
      cellsPerSecondMax: state === "throttled" ? 40_000 : null,
      bytesPerSecondMax: null,
    },
    workers: isWaiting ? [] : workerFixtures(goesOn),
    startedAt: isWaiting ? null : at(startMs),
    endedAt: isComplete ? at(nowMs - MINUTE) : null,
    eta: goesOn ? { from: 720, to: 1080 } : null,
    etaUnknownBecause: isWaiting
      ? "No worker is at work on it."
      : state === "paused"
        ? "It is paused."
        : null,
    pauseCost:
      isComplete || state === "cancelled"
        ? []
        : [
            "It takes effect at the next checkpoint of each lane, as a rule within 2 seconds.",
            "Clients stay stopped for as long as it lasts, and nobody may start on either side.",
            "Nothing that was copied is lost or done again: each range goes on at its last checkpoint.",
          ],
    differences: { found: differences, listed: Math.min(differences, 10_000) },
    canOperate: true,
  });
}

function headline(state: CopyStateWord, kind: CopyView["kind"], done: number, total: number): string {
  const doing = kind === "copy" ? "Copying" : "Comparing";
  const tables = `${done} of ${total} tables done`;
  const words: Record<CopyStateWord, string> = {
    waiting: `Waiting for a worker to begin, ${tables}.`,
    running: `${doing}, ${tables}, limited by the destination.`,
    throttled: `${doing}, ${tables}, held back by the limit that was set.`,
    paused: `Paused, ${tables}.`,
    failed: `1 range stands still, ${tables}. Nothing more happens until it is tried again.`,
    complete: kind === "copy" ? `All ${total} tables are copied.` : `All ${total} tables are compared.`,
    cancelled: `Cancelled for good, ${tables}.`,
  };
  return words[state];
}

function tableFixture(
  index: number,
  count: number,
  state: CopyStateWord,
  differences: number,
): CopyView["tables"][number] {
  const part = index / count;
  const isDone = state === "complete" || (state !== "waiting" && part >= 0.6);
  const isFailed = state === "failed" && index === 0;
  const isRunning = !isDone && state !== "waiting" && part < 0.34;
  const total = index === 0 ? 48 : 1 + (index % 5);
  const done = isDone ? total : isRunning ? Math.floor(total / 2) : 0;
  return {
    name: `shop.${["order_events", "customers", "orders_by_customer_and_day", "prices"][index % 4]}_${index}`,
    state: isDone ? "done" : isFailed ? "failed" : isRunning ? "running" : "waiting",
    shards: { done, failed: isFailed ? 1 : 0, total },
    versions: done * 120_400,
    cells: done * 100_211,
    bytes: done * 12_210_774,
    differences: index === 0 ? differences : 0,
    estimatedVersions: index % 7 === 3 ? null : total * 121_000,
    estimatedBytes: index % 7 === 3 ? null : total * 12_400_000,
    percent: isDone ? 100 : Math.floor((100 * done) / total),
  };
}

function pointFixtures(startMs: number, minutes: number): CopyView["points"] {
  return Array.from({ length: minutes * 6 }, (_, index) => index)
    .filter((index) => index < 40 || index > 58)
    .map((index) => {
      const cells = Math.round(32_000 + 14_000 * Math.sin(index / 9) + 4000 * Math.cos(index * 1.7));
      return {
        at: new Date(startMs + index * 10 * SECOND).toISOString(),
        seconds: 10,
        versionsPerSecond: Math.round(cells * 1.2),
        cellsPerSecond: cells,
        bytesPerSecond: cells * 122,
        bytesReadPerSecond: cells * 150,
        lanes: 6,
        limitedBy: "destination" as const,
      };
    });
}

function markFixtures(startMs: number, state: CopyStateWord): CopyView["marks"] {
  const mark = (
    minute: number,
    kind: CopyView["marks"][number]["kind"],
    text: string,
    by: string | null,
  ) => ({
    at: new Date(startMs + minute * MINUTE).toISOString(),
    kind,
    text,
    by,
  });
  return [
    mark(0, "began", "Began.", null),
    mark(6.6, "paused", "", "Olivia Operator"),
    mark(9.7, "resumed", "", "Olivia Operator"),
    mark(11, "error", "The destination did not answer in time; tried again.", null),
    mark(12.5, "lanes", "From 4 to 8.", "Olivia Operator"),
    ...(state === "paused" ? [mark(14, "paused", "", "Olivia Operator")] : []),
  ];
}

function laneFixtures(nowMs: number): CopyView["lanes"] {
  const waits = ["destination", "destination", "source", "filter", "retry", null] as const;
  return waits.map((waitingFor, index) => ({
    shard: index * 3,
    table: `shop.order_events_${index}`,
    worker: index < 4 ? "mover-1, process 4711" : "mover-2, process 99",
    since: new Date(nowMs - 5 * MINUTE).toISOString(),
    movedAt: waitingFor === null ? null : new Date(nowMs - (index === 4 ? 90 : 2) * SECOND).toISOString(),
    cellsPerSecond: waitingFor === null ? null : 7000 + index,
    waitingFor,
  }));
}

function errorFixtures(nowMs: number, state: CopyStateWord): CopyView["errors"] {
  if (state === "waiting") return [];
  const at = (seconds: number) => new Date(nowMs - seconds * SECOND).toISOString();
  return [
    ...(state === "failed"
      ? [
          {
            class: "poison" as const,
            code: "value-too-large",
            count: 1,
            firstAt: at(40),
            lastAt: at(40),
            message: "A value of 17 MB is larger than the destination takes.",
            table: "shop.order_events_0",
            shard: 17,
          },
        ]
      : []),
    {
      class: "transient",
      code: "timeout",
      count: 3,
      firstAt: at(600),
      lastAt: at(540),
      message: "The destination did not answer within 10 s.",
      table: "shop.order_events_0",
      shard: 3,
    },
  ];
}

function workerFixtures(goesOn: boolean): CopyView["workers"] {
  return [
    {
      name: "mover-1, process 4711",
      state: "live",
      version: "0.1.0",
      lanes: goesOn ? 4 : 0,
      cells: 12_000_331,
      cellsPerSecond: goesOn ? 28_100 : 0,
    },
    {
      name: "mover-2, process 99",
      state: "silent",
      version: "0.1.0",
      lanes: goesOn ? 2 : 0,
      cells: 6_201_443,
      cellsPerSecond: goesOn ? 13_133 : 0,
    },
  ];
}
