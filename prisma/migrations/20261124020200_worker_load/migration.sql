-- Which process a worker is and how loaded it is, for the list of workers; one that ended in order says so and stays listed for a day.
ALTER TABLE "public"."worker_heartbeat"
  ADD COLUMN "version" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "process_id" INTEGER NOT NULL DEFAULT 0,
  ADD COLUMN "ended_at" TIMESTAMPTZ(3),
  ADD COLUMN "cpu_percent" INTEGER,
  ADD COLUMN "rss_bytes" BIGINT,
  ADD COLUMN "loop_lag_ms" INTEGER,
  ADD COLUMN "lanes" INTEGER NOT NULL DEFAULT 0;
