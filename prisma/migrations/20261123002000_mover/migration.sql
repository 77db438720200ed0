-- The ledger of the store mover: a run's plan and what is asked of it, its shards with their leases and checkpoints, the differences found.
-- Plans, checkpoints and failures are canonical JSON as text: the ledger's reader knows their longs, jsonb would round none but sort and
-- rewrite what is compared byte by byte.
CREATE TABLE "public"."mover_run" (
  "id" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "plan" TEXT NOT NULL,
  "control" TEXT NOT NULL,
  "wanted" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "mover_run_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "mover_run_kind_check" CHECK ("kind" IN ('copy', 'compare')),
  CONSTRAINT "mover_run_wanted_check" CHECK ("wanted" IN ('run', 'pause', 'cancel'))
);

CREATE TABLE "public"."mover_shard" (
  "run_id" TEXT NOT NULL,
  "id" INTEGER NOT NULL,
  "size" BIGINT NOT NULL,
  "state" TEXT NOT NULL DEFAULT 'waiting',
  "attempt" INTEGER NOT NULL DEFAULT 0,
  "worker" TEXT,
  "lease_until" TIMESTAMPTZ(3),
  "sequence" BIGINT NOT NULL DEFAULT 0,
  "checkpoint" TEXT,
  "failure" TEXT,
  CONSTRAINT "mover_shard_pkey" PRIMARY KEY ("run_id", "id"),
  CONSTRAINT "mover_shard_run_id_fkey" FOREIGN KEY ("run_id")
    REFERENCES "public"."mover_run" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "mover_shard_state_check" CHECK ("state" IN ('waiting', 'held', 'done', 'failed')),
  CONSTRAINT "mover_shard_held_check" CHECK (("state" = 'held') = ("lease_until" IS NOT NULL))
);
CREATE INDEX "mover_shard_claimable" ON "public"."mover_shard" ("run_id", "size" DESC, "id")
  WHERE "state" IN ('waiting', 'held');

CREATE TABLE "public"."mover_difference" (
  "id" BIGSERIAL NOT NULL,
  "run_id" TEXT NOT NULL,
  "shard" INTEGER NOT NULL,
  "difference" TEXT NOT NULL,
  CONSTRAINT "mover_difference_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "mover_difference_run_id_shard_fkey" FOREIGN KEY ("run_id", "shard")
    REFERENCES "public"."mover_shard" ("run_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "mover_difference_run_id_id_idx" ON "public"."mover_difference" ("run_id", "id");
