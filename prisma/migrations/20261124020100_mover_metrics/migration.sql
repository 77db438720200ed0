-- What the page of a copy shows, kept beside the ledger: what each shard has come to in columns that can be summed, what workers did over
-- time, what people asked, and what failed. Nothing of it is the truth of a copy: that stays with the checkpoints.
ALTER TABLE "public"."mover_run" ADD COLUMN "started_at" TIMESTAMPTZ(3);

ALTER TABLE "public"."mover_shard"
  ADD COLUMN "table_name" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "versions_estimated" BIGINT,
  ADD COLUMN "bytes_estimated" BIGINT,
  ADD COLUMN "versions" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "cells" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "bytes" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "differences_found" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "claimed_at" TIMESTAMPTZ(3),
  ADD COLUMN "moved_at" TIMESTAMPTZ(3),
  ADD COLUMN "done_at" TIMESTAMPTZ(3),
  ADD COLUMN "worked_ms" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "cells_per_second" BIGINT,
  ADD COLUMN "waiting_for" TEXT,
  ADD CONSTRAINT "mover_shard_waiting_for_check"
    CHECK ("waiting_for" IN ('source', 'filter', 'destination', 'throttle', 'retry'));

-- "second" counts from the start of the run; the later in a run, the longer the stretch that a row stands for, so that rows stay few.
CREATE TABLE "public"."mover_rollup" (
  "run_id" TEXT NOT NULL,
  "second" INTEGER NOT NULL,
  "worker" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "lanes" INTEGER NOT NULL,
  "versions" BIGINT NOT NULL,
  "cells" BIGINT NOT NULL,
  "bytes" BIGINT NOT NULL,
  "bytes_read" BIGINT NOT NULL,
  "source_ms" BIGINT NOT NULL,
  "filter_ms" BIGINT NOT NULL,
  "destination_ms" BIGINT NOT NULL,
  "throttle_ms" BIGINT NOT NULL,
  CONSTRAINT "mover_rollup_pkey" PRIMARY KEY ("run_id", "second", "worker"),
  CONSTRAINT "mover_rollup_run_id_fkey" FOREIGN KEY ("run_id")
    REFERENCES "public"."mover_run" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE TABLE "public"."mover_mark" (
  "id" BIGSERIAL NOT NULL,
  "run_id" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT clock_timestamp(),
  "kind" TEXT NOT NULL,
  "code" TEXT NOT NULL DEFAULT '',
  "text" TEXT NOT NULL,
  "by" TEXT,
  CONSTRAINT "mover_mark_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "mover_mark_run_id_fkey" FOREIGN KEY ("run_id")
    REFERENCES "public"."mover_run" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "mover_mark_kind_check"
    CHECK ("kind" IN ('paused', 'resumed', 'throttled', 'lanes', 'retried', 'cancelled', 'error'))
);
CREATE INDEX "mover_mark_run_id_id_idx" ON "public"."mover_mark" ("run_id", "id");

CREATE TABLE "public"."mover_error" (
  "run_id" TEXT NOT NULL,
  "class" TEXT NOT NULL,
  "code" TEXT NOT NULL,
  "count" BIGINT NOT NULL,
  "first_at" TIMESTAMPTZ(3) NOT NULL,
  "last_at" TIMESTAMPTZ(3) NOT NULL,
  "message" TEXT NOT NULL,
  "table_name" TEXT NOT NULL,
  "shard" INTEGER NOT NULL,
  CONSTRAINT "mover_error_pkey" PRIMARY KEY ("run_id", "class", "code"),
  CONSTRAINT "mover_error_run_id_fkey" FOREIGN KEY ("run_id")
    REFERENCES "public"."mover_run" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "mover_error_class_check" CHECK ("class" IN ('transient', 'poison', 'fatal'))
);
