-- Migrations with their steps, attempts, readings and declarations; leases; the ledger of probes.
-- Nothing here is deleted by the application. What must never happen twice is held by partial unique indexes.
CREATE TABLE "public"."migration" (
  "id" UUID NOT NULL,
  "environment_id" UUID NOT NULL,
  "service_id" UUID NOT NULL,
  "store_id" UUID NOT NULL,
  "cluster_id" UUID NOT NULL,
  "namespace" TEXT NOT NULL,
  "runbook" TEXT NOT NULL,
  "runbook_version" INTEGER NOT NULL,
  "state" TEXT NOT NULL DEFAULT 'open',
  "version" INTEGER NOT NULL DEFAULT 1,
  "targets" JSONB NOT NULL,
  "plan" JSONB NOT NULL,
  "plan_hash" TEXT NOT NULL,
  "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "started_by_id" TEXT NOT NULL,
  "started_by_name" TEXT NOT NULL,
  "watch_since" TIMESTAMPTZ(3),
  "watch_until" TIMESTAMPTZ(3),
  "last_checked_at" TIMESTAMPTZ(3),
  "next_check_at" TIMESTAMPTZ(3),
  "ended_at" TIMESTAMPTZ(3),
  "ended_because" TEXT,
  CONSTRAINT "migration_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "migration_state_check" CHECK ("state" IN ('open', 'watching', 'done', 'abandoned')),
  CONSTRAINT "migration_ended_check" CHECK (("ended_at" IS NULL) = ("state" IN ('open', 'watching'))),
  CONSTRAINT "migration_environment_id_fkey" FOREIGN KEY ("environment_id")
    REFERENCES "public"."environment" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "migration_service_id_fkey" FOREIGN KEY ("service_id")
    REFERENCES "public"."service" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "migration_store_id_fkey" FOREIGN KEY ("store_id")
    REFERENCES "public"."store" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "migration_cluster_id_fkey" FOREIGN KEY ("cluster_id")
    REFERENCES "public"."timelock_cluster" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "migration_service_id_idx" ON "public"."migration" ("service_id");
CREATE INDEX "migration_environment_id_idx" ON "public"."migration" ("environment_id");
CREATE INDEX "migration_state_next_check_at_idx" ON "public"."migration" ("state", "next_check_at");

-- One open migration for one service, one store and one sequence.
CREATE TABLE "public"."migration_claim" (
  "migration_id" UUID NOT NULL,
  "kind" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "released_at" TIMESTAMPTZ(3),
  CONSTRAINT "migration_claim_pkey" PRIMARY KEY ("migration_id", "kind", "subject"),
  CONSTRAINT "migration_claim_kind_check" CHECK ("kind" IN ('service', 'store', 'sequence')),
  CONSTRAINT "migration_claim_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "migration_claim_unreleased" ON "public"."migration_claim" ("kind", "subject") WHERE "released_at" IS NULL;

CREATE TABLE "public"."migration_step" (
  "migration_id" UUID NOT NULL,
  "step_id" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  "state" TEXT NOT NULL DEFAULT 'pending',
  "fixed" JSONB NOT NULL,
  "findings" JSONB NOT NULL,
  "readings" JSONB NOT NULL,
  "finished_at" TIMESTAMPTZ(3),
  "finished_by" TEXT,
  "skipped_for" TEXT,
  CONSTRAINT "migration_step_pkey" PRIMARY KEY ("migration_id", "step_id"),
  CONSTRAINT "migration_step_state_check" CHECK ("state" IN ('pending', 'done', 'skipped')),
  CONSTRAINT "migration_step_finished_check" CHECK (("finished_at" IS NULL) = ("state" = 'pending')),
  CONSTRAINT "migration_step_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE TABLE "public"."migration_attempt" (
  "id" UUID NOT NULL,
  "migration_id" UUID NOT NULL,
  "step_id" TEXT NOT NULL,
  "number" INTEGER NOT NULL,
  "direction" TEXT NOT NULL,
  "state" TEXT NOT NULL DEFAULT 'intended',
  "operation" JSONB NOT NULL,
  "expected" JSONB,
  "conditions" JSONB NOT NULL,
  "manual" BOOLEAN NOT NULL DEFAULT false,
  "lease_epoch" BIGINT NOT NULL,
  "actor_kind" TEXT NOT NULL,
  "actor_id" TEXT NOT NULL,
  "actor_name" TEXT NOT NULL,
  "intended_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "ended_at" TIMESTAMPTZ(3),
  "outcome" TEXT,
  CONSTRAINT "migration_attempt_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "migration_attempt_state_check" CHECK ("state" IN ('intended', 'done', 'failed', 'uncertain', 'not-applied')),
  CONSTRAINT "migration_attempt_direction_check" CHECK ("direction" IN ('do', 'undo')),
  CONSTRAINT "migration_attempt_ended_check" CHECK (("ended_at" IS NULL) = ("state" IN ('intended', 'uncertain'))),
  CONSTRAINT "migration_attempt_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "migration_attempt_migration_id_step_id_number_key" ON "public"."migration_attempt" ("migration_id", "step_id", "number");
CREATE UNIQUE INDEX "migration_attempt_open" ON "public"."migration_attempt" ("migration_id") WHERE "state" IN ('intended', 'uncertain');

CREATE TABLE "public"."migration_reading" (
  "id" BIGSERIAL NOT NULL,
  "migration_id" UUID NOT NULL,
  "step_id" TEXT NOT NULL,
  "attempt_id" UUID,
  "purpose" TEXT NOT NULL,
  "key" TEXT NOT NULL,
  "reading" JSONB NOT NULL,
  "read_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "migration_reading_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "migration_reading_purpose_check" CHECK ("purpose" IN ('condition', 'read-back', 'pasted', 'watch')),
  CONSTRAINT "migration_reading_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "migration_reading_migration_id_key_id_idx" ON "public"."migration_reading" ("migration_id", "key", "id");

CREATE TABLE "public"."migration_sample" (
  "id" BIGSERIAL NOT NULL,
  "migration_id" UUID NOT NULL,
  "kind" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "readings" JSONB NOT NULL,
  CONSTRAINT "migration_sample_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "migration_sample_kind_check" CHECK ("kind" IN ('stop', 'watch')),
  CONSTRAINT "migration_sample_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "migration_sample_migration_id_kind_at_idx" ON "public"."migration_sample" ("migration_id", "kind", "at");

CREATE TABLE "public"."migration_attestation" (
  "id" UUID NOT NULL,
  "migration_id" UUID NOT NULL,
  "step_id" TEXT NOT NULL,
  "subject" TEXT NOT NULL,
  "label" TEXT NOT NULL,
  "note" TEXT NOT NULL,
  "by_id" TEXT NOT NULL,
  "by_name" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "withdrawn_at" TIMESTAMPTZ(3),
  "withdrawn_by" TEXT,
  CONSTRAINT "migration_attestation_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "migration_attestation_withdrawn_check" CHECK (("withdrawn_at" IS NULL) = ("withdrawn_by" IS NULL)),
  CONSTRAINT "migration_attestation_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "migration_attestation_migration_id_subject_idx" ON "public"."migration_attestation" ("migration_id", "subject");
CREATE UNIQUE INDEX "migration_attestation_standing" ON "public"."migration_attestation" ("migration_id", "subject") WHERE "withdrawn_at" IS NULL;

CREATE TABLE "public"."migration_configuration" (
  "migration_id" UUID NOT NULL,
  "node_id" UUID NOT NULL,
  "install" TEXT NOT NULL,
  "runtime" TEXT NOT NULL,
  "findings" JSONB NOT NULL,
  "checked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "checked_by" TEXT NOT NULL,
  CONSTRAINT "migration_configuration_pkey" PRIMARY KEY ("migration_id", "node_id"),
  CONSTRAINT "migration_configuration_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE TABLE "public"."migration_smoke_test" (
  "id" UUID NOT NULL,
  "migration_id" UUID NOT NULL,
  "tried" TEXT NOT NULL,
  "passed" BOOLEAN NOT NULL,
  "by_name" TEXT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "migration_smoke_test_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "migration_smoke_test_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "migration_smoke_test_migration_id_at_idx" ON "public"."migration_smoke_test" ("migration_id", "at");

CREATE TABLE "public"."migration_incident" (
  "id" UUID NOT NULL,
  "migration_id" UUID NOT NULL,
  "kind" TEXT NOT NULL,
  "title" TEXT NOT NULL,
  "detail" TEXT NOT NULL,
  "actions" JSONB NOT NULL,
  "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "closed_at" TIMESTAMPTZ(3),
  "closed_by" TEXT,
  "note" TEXT,
  CONSTRAINT "migration_incident_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "migration_incident_closed_check" CHECK (("closed_at" IS NULL) = ("closed_by" IS NULL)),
  CONSTRAINT "migration_incident_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "migration_incident_migration_id_opened_at_idx" ON "public"."migration_incident" ("migration_id", "opened_at");
CREATE UNIQUE INDEX "migration_incident_open" ON "public"."migration_incident" ("migration_id", "kind") WHERE "closed_at" IS NULL;

CREATE TABLE "public"."lease" (
  "scope" TEXT NOT NULL,
  "epoch" BIGINT NOT NULL,
  "holder" TEXT NOT NULL,
  "label" TEXT NOT NULL,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "lease_pkey" PRIMARY KEY ("scope")
);

CREATE TABLE "public"."timelock_probe" (
  "id" BIGSERIAL NOT NULL,
  "cluster_id" UUID NOT NULL,
  "namespace" TEXT NOT NULL,
  "purpose" TEXT NOT NULL,
  "sent_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "consumed" BIGINT NOT NULL,
  "answered_at" TIMESTAMPTZ(3),
  "value" BIGINT,
  "leader" TEXT,
  CONSTRAINT "timelock_probe_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "timelock_probe_cluster_id_namespace_id_idx" ON "public"."timelock_probe" ("cluster_id", "namespace", "id");
