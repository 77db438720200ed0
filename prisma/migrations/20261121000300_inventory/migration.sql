-- Environments, TimeLock clusters, stores and services. Rows are archived, never deleted, by the application;
-- the parts of a row (nodes, dependents) are replaced with it.
CREATE TABLE "public"."environment" (
  "id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "tier" TEXT NOT NULL,
  "colour" TEXT NOT NULL,
  "contact" TEXT NOT NULL,
  "sandbox" BOOLEAN NOT NULL DEFAULT false,
  "quiet_window_seconds" INTEGER NOT NULL DEFAULT 120,
  "archived_at" TIMESTAMPTZ(3),
  "version" INTEGER NOT NULL DEFAULT 1,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "environment_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "environment_tier_check" CHECK ("tier" IN ('development', 'staging', 'production')),
  CONSTRAINT "environment_quiet_window_check" CHECK ("quiet_window_seconds" BETWEEN 1 AND 86400)
);
CREATE UNIQUE INDEX "environment_name_unarchived" ON "public"."environment" (lower("name")) WHERE "archived_at" IS NULL;

CREATE TABLE "public"."timelock_cluster" (
  "id" UUID NOT NULL,
  "environment_id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "base_path" TEXT NOT NULL,
  "balancer" BOOLEAN NOT NULL DEFAULT false,
  "server_name" TEXT,
  "ca_certificates" TEXT,
  "client_certificate" TEXT,
  "client_key_sealed" TEXT,
  "client_key_set_at" TIMESTAMPTZ(3),
  "token_sealed" TEXT,
  "token_set_at" TIMESTAMPTZ(3),
  "archived_at" TIMESTAMPTZ(3),
  "version" INTEGER NOT NULL DEFAULT 1,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "timelock_cluster_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "timelock_cluster_environment_id_fkey" FOREIGN KEY ("environment_id")
    REFERENCES "public"."environment" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "timelock_cluster_client_key_check" CHECK (("client_key_sealed" IS NULL) = ("client_key_set_at" IS NULL)),
  CONSTRAINT "timelock_cluster_token_check" CHECK (("token_sealed" IS NULL) = ("token_set_at" IS NULL))
);
CREATE INDEX "timelock_cluster_environment_id_idx" ON "public"."timelock_cluster" ("environment_id");
CREATE UNIQUE INDEX "timelock_cluster_name_unarchived" ON "public"."timelock_cluster" ("environment_id", lower("name")) WHERE "archived_at" IS NULL;

CREATE TABLE "public"."timelock_node" (
  "id" UUID NOT NULL,
  "cluster_id" UUID NOT NULL,
  "url" TEXT NOT NULL,
  "alias" TEXT,
  "position" INTEGER NOT NULL,
  CONSTRAINT "timelock_node_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "timelock_node_cluster_id_fkey" FOREIGN KEY ("cluster_id")
    REFERENCES "public"."timelock_cluster" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "timelock_node_cluster_id_position_key" ON "public"."timelock_node" ("cluster_id", "position");
CREATE UNIQUE INDEX "timelock_node_cluster_id_url_key" ON "public"."timelock_node" ("cluster_id", "url");

CREATE TABLE "public"."store" (
  "id" UUID NOT NULL,
  "environment_id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "connection" JSONB NOT NULL,
  "table_prefix" TEXT NOT NULL,
  "schema_name" TEXT,
  "password_sealed" TEXT,
  "password_set_at" TIMESTAMPTZ(3),
  "client_key_sealed" TEXT,
  "client_key_set_at" TIMESTAMPTZ(3),
  "identity_system" TEXT,
  "identity_database" TEXT,
  "identity_schema" TEXT,
  "identity_table" TEXT,
  "identity_table_id" TEXT,
  "identity_pinned_at" TIMESTAMPTZ(3),
  "archived_at" TIMESTAMPTZ(3),
  "version" INTEGER NOT NULL DEFAULT 1,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "store_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "store_environment_id_fkey" FOREIGN KEY ("environment_id")
    REFERENCES "public"."environment" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "store_kind_check" CHECK ("kind" IN ('postgres') AND "connection" ->> 'kind' = "kind"),
  CONSTRAINT "store_password_check" CHECK (("password_sealed" IS NULL) = ("password_set_at" IS NULL)),
  CONSTRAINT "store_client_key_check" CHECK (("client_key_sealed" IS NULL) = ("client_key_set_at" IS NULL)),
  CONSTRAINT "store_identity_check" CHECK (
    ("identity_pinned_at" IS NULL) = ("identity_database" IS NULL) AND ("identity_pinned_at" IS NULL) = ("identity_table" IS NULL)
  )
);
CREATE INDEX "store_environment_id_idx" ON "public"."store" ("environment_id");
CREATE UNIQUE INDEX "store_name_unarchived" ON "public"."store" ("environment_id", lower("name")) WHERE "archived_at" IS NULL;

CREATE TABLE "public"."service" (
  "id" UUID NOT NULL,
  "environment_id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "store_id" UUID NOT NULL,
  "timestamp_source" TEXT NOT NULL,
  "cluster_id" UUID,
  "namespace" TEXT,
  "atlasdb_version" TEXT,
  "notes" TEXT NOT NULL,
  "archived_at" TIMESTAMPTZ(3),
  "version" INTEGER NOT NULL DEFAULT 1,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "service_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "service_environment_id_fkey" FOREIGN KEY ("environment_id")
    REFERENCES "public"."environment" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "service_store_id_fkey" FOREIGN KEY ("store_id")
    REFERENCES "public"."store" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "service_cluster_id_fkey" FOREIGN KEY ("cluster_id")
    REFERENCES "public"."timelock_cluster" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "service_timestamp_source_check" CHECK (
    "timestamp_source" IN ('embedded', 'timelock')
    AND ("timestamp_source" = 'embedded' OR ("cluster_id" IS NOT NULL AND "namespace" IS NOT NULL))
  )
);
CREATE INDEX "service_environment_id_idx" ON "public"."service" ("environment_id");
CREATE INDEX "service_store_id_idx" ON "public"."service" ("store_id");
CREATE INDEX "service_cluster_id_namespace_idx" ON "public"."service" ("cluster_id", "namespace");
CREATE UNIQUE INDEX "service_name_unarchived" ON "public"."service" ("environment_id", lower("name")) WHERE "archived_at" IS NULL;

CREATE TABLE "public"."service_node" (
  "id" UUID NOT NULL,
  "service_id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "address" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  CONSTRAINT "service_node_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "service_node_service_id_fkey" FOREIGN KEY ("service_id")
    REFERENCES "public"."service" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "service_node_kind_check" CHECK ("kind" IN ('node', 'disaster-recovery', 'command-line', 'cron'))
);
CREATE INDEX "service_node_service_id_position_idx" ON "public"."service_node" ("service_id", "position");

CREATE TABLE "public"."service_dependent" (
  "id" UUID NOT NULL,
  "service_id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "note" TEXT NOT NULL,
  "position" INTEGER NOT NULL,
  CONSTRAINT "service_dependent_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "service_dependent_service_id_fkey" FOREIGN KEY ("service_id")
    REFERENCES "public"."service" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "service_dependent_service_id_position_idx" ON "public"."service_dependent" ("service_id", "position");
