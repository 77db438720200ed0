-- Which workers live: each renews its row, and health reads how old the newest one is.
CREATE TABLE "public"."worker_heartbeat" (
  "id" UUID NOT NULL,
  "host" TEXT NOT NULL,
  "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT now(),
  CONSTRAINT "worker_heartbeat_pkey" PRIMARY KEY ("id")
);
