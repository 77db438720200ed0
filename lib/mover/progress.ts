import type { Counts } from "#lib/mover/counts.ts";
import type { ShardFailure } from "#lib/mover/ledger.ts";

/**
 * What a lane tells while it works; `shard` and `table` say where. `chunk`: a checkpoint is durable, `counts` are what it added and
 * `sourceMs`, `sinkMs` and `throttleMs` what the lane waited for since the last one. `retry`: a transient failure, tried again after
 * `delayMs`. `failed`: the shard stands still. `lost`: another attempt took the shard over.
 */
export type ProgressEvent =
  | {
      readonly kind: "started" | "finished" | "released" | "lost";
      readonly shard: number;
      readonly table: string;
    }
  | {
      readonly kind: "chunk";
      readonly shard: number;
      readonly table: string;
      readonly counts: Counts;
      readonly elapsedMs: number;
      readonly sourceMs: number;
      readonly sinkMs: number;
      readonly throttleMs: number;
      /** As blocks of the stores, of both in a comparison. */
      readonly bytesRead: number;
    }
  | {
      readonly kind: "retry";
      readonly shard: number;
      readonly table: string;
      readonly code: string;
      readonly message: string;
      readonly delayMs: number;
    }
  | {
      readonly kind: "failed";
      readonly shard: number;
      readonly table: string;
      readonly failure: ShardFailure;
    };

/** Hears progress. Must be quick and must not throw. */
export type OnProgress = (event: ProgressEvent) => void;
