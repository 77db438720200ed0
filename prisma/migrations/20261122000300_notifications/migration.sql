-- Notifications: the outbox of events, channels, deliveries with their tries, and people's own wishes.
-- A channel is never deleted: removing it takes its secrets away and keeps the log of what it delivered.
CREATE TABLE "public"."notification_event" (
  "id" UUID NOT NULL,
  "key" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "environment_id" UUID,
  "migration_id" UUID,
  "plan_hash" TEXT,
  "unit" TEXT,
  "step_id" TEXT,
  "subject_id" UUID,
  "actor" JSONB NOT NULL,
  "addressed" JSONB NOT NULL,
  "words" TEXT,
  "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "fanned_out_at" TIMESTAMPTZ(3),
  CONSTRAINT "notification_event_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "notification_event_environment_id_fkey" FOREIGN KEY ("environment_id")
    REFERENCES "public"."environment" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "notification_event_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "notification_event_key_key" ON "public"."notification_event" ("key");
CREATE INDEX "notification_event_at_idx" ON "public"."notification_event" ("at");
CREATE INDEX "notification_event_waiting" ON "public"."notification_event" ("at") WHERE "fanned_out_at" IS NULL;

CREATE TABLE "public"."notification_channel" (
  "id" UUID NOT NULL,
  "kind" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "environment_id" UUID,
  "enabled" BOOLEAN NOT NULL DEFAULT true,
  "events" TEXT[],
  "smtp_host" TEXT,
  "smtp_port" INTEGER,
  "smtp_tls" TEXT,
  "smtp_user" TEXT,
  "mail_from" TEXT,
  "mail_to" TEXT[],
  "mail_addressed" BOOLEAN NOT NULL DEFAULT false,
  "password_sealed" TEXT,
  "password_set_at" TIMESTAMPTZ(3),
  "url_host" TEXT,
  "url_sealed" TEXT,
  "url_set_at" TIMESTAMPTZ(3),
  "signing_secret_sealed" TEXT,
  "signing_secret_set_at" TIMESTAMPTZ(3),
  "ca_certificates" TEXT,
  "removed_at" TIMESTAMPTZ(3),
  "version" INTEGER NOT NULL DEFAULT 1,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "notification_channel_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "notification_channel_environment_id_fkey" FOREIGN KEY ("environment_id")
    REFERENCES "public"."environment" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "notification_channel_kind_check" CHECK ("kind" IN ('email', 'webhook', 'slack')),
  CONSTRAINT "notification_channel_email_check" CHECK ("kind" <> 'email' OR
    ("smtp_host" IS NOT NULL AND "smtp_port" BETWEEN 1 AND 65535 AND "mail_from" IS NOT NULL
      AND "smtp_tls" IN ('tls', 'starttls', 'none'))),
  CONSTRAINT "notification_channel_url_check" CHECK ("kind" = 'email' OR "url_host" IS NOT NULL),
  CONSTRAINT "notification_channel_removed_check" CHECK ("removed_at" IS NULL OR
    ("enabled" = false AND "password_sealed" IS NULL AND "url_sealed" IS NULL AND "signing_secret_sealed" IS NULL)),
  CONSTRAINT "notification_channel_password_check" CHECK (("password_sealed" IS NULL) = ("password_set_at" IS NULL)),
  CONSTRAINT "notification_channel_url_set_check" CHECK (("url_sealed" IS NULL) = ("url_set_at" IS NULL)),
  CONSTRAINT "notification_channel_signing_check"
    CHECK (("signing_secret_sealed" IS NULL) = ("signing_secret_set_at" IS NULL))
);
CREATE UNIQUE INDEX "notification_channel_name_present" ON "public"."notification_channel" (lower("name"))
  WHERE "removed_at" IS NULL;

-- The unique index is what keeps an event from being told twice through one channel to one recipient.
CREATE TABLE "public"."notification_delivery" (
  "id" UUID NOT NULL,
  "event_id" UUID NOT NULL,
  "channel_id" UUID NOT NULL,
  "recipient" TEXT NOT NULL,
  "state" TEXT NOT NULL DEFAULT 'waiting',
  "attempts" INTEGER NOT NULL DEFAULT 0,
  "attempts_allowed" INTEGER NOT NULL,
  "last_error" TEXT,
  "next_try_at" TIMESTAMPTZ(3),
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "last_tried_at" TIMESTAMPTZ(3),
  "ended_at" TIMESTAMPTZ(3),
  CONSTRAINT "notification_delivery_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "notification_delivery_event_id_fkey" FOREIGN KEY ("event_id")
    REFERENCES "public"."notification_event" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "notification_delivery_channel_id_fkey" FOREIGN KEY ("channel_id")
    REFERENCES "public"."notification_channel" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "notification_delivery_state_check" CHECK ("state" IN ('waiting', 'sending', 'delivered', 'given-up')),
  CONSTRAINT "notification_delivery_next_try_check"
    CHECK (("next_try_at" IS NULL) = ("state" IN ('delivered', 'given-up'))),
  CONSTRAINT "notification_delivery_ended_check" CHECK (("ended_at" IS NULL) = ("state" IN ('waiting', 'sending')))
);
CREATE UNIQUE INDEX "notification_delivery_event_id_channel_id_recipient_key"
  ON "public"."notification_delivery" ("event_id", "channel_id", "recipient");
CREATE INDEX "notification_delivery_channel_id_created_at_idx"
  ON "public"."notification_delivery" ("channel_id", "created_at");
CREATE INDEX "notification_delivery_created_at_id_idx" ON "public"."notification_delivery" ("created_at", "id");
CREATE INDEX "notification_delivery_due" ON "public"."notification_delivery" ("next_try_at")
  WHERE "next_try_at" IS NOT NULL;

CREATE TABLE "public"."notification_attempt" (
  "delivery_id" UUID NOT NULL,
  "number" INTEGER NOT NULL,
  "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "ended_at" TIMESTAMPTZ(3),
  "outcome" TEXT,
  "detail" TEXT,
  CONSTRAINT "notification_attempt_pkey" PRIMARY KEY ("delivery_id", "number"),
  CONSTRAINT "notification_attempt_delivery_id_fkey" FOREIGN KEY ("delivery_id")
    REFERENCES "public"."notification_delivery" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "notification_attempt_ended_check" CHECK (("ended_at" IS NULL) = ("outcome" IS NULL)),
  CONSTRAINT "notification_attempt_outcome_check" CHECK ("outcome" IN ('delivered', 'refused', 'unclear'))
);

CREATE TABLE "public"."notification_preference" (
  "person_id" UUID NOT NULL,
  "muted" TEXT[],
  "own_acts" BOOLEAN NOT NULL DEFAULT false,
  "version" INTEGER NOT NULL DEFAULT 1,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "notification_preference_pkey" PRIMARY KEY ("person_id"),
  CONSTRAINT "notification_preference_person_id_fkey" FOREIGN KEY ("person_id")
    REFERENCES "public"."person" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
