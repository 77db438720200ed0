-- Policies, requests, decisions and their use; freezes and windows.
-- Nothing here is deleted. What must never happen is held by constraints and triggers, not by the application alone.

-- A policy is never changed: another version follows it.
CREATE TABLE "public"."approval_policy" (
  "id" UUID NOT NULL,
  "environment_id" UUID NOT NULL,
  "version" INTEGER NOT NULL,
  "policy" JSONB NOT NULL,
  "reason" TEXT NOT NULL,
  "set_by_id" TEXT NOT NULL,
  "set_by_name" TEXT NOT NULL,
  "set_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "approval_policy_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "approval_policy_version_check" CHECK ("version" > 0),
  CONSTRAINT "approval_policy_environment_id_fkey" FOREIGN KEY ("environment_id")
    REFERENCES "public"."environment" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "approval_policy_environment_id_version_key" ON "public"."approval_policy" ("environment_id", "version");

-- The policy that applied when a migration opened: nothing later loosens it.
CREATE TABLE "public"."migration_policy" (
  "migration_id" UUID NOT NULL,
  "version" INTEGER NOT NULL,
  "policy" JSONB NOT NULL,
  "taken_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "migration_policy_pkey" PRIMARY KEY ("migration_id"),
  CONSTRAINT "migration_policy_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

CREATE TABLE "public"."approval_request" (
  "id" UUID NOT NULL,
  "migration_id" UUID NOT NULL,
  "environment_id" UUID NOT NULL,
  "service_id" UUID NOT NULL,
  "runbook" TEXT NOT NULL,
  "number" INTEGER NOT NULL,
  "unit" TEXT NOT NULL,
  "danger" TEXT NOT NULL,
  "plan_hash" TEXT NOT NULL,
  "plan" JSONB NOT NULL,
  "rule" JSONB NOT NULL,
  "note" TEXT NOT NULL,
  "readings" JSONB NOT NULL,
  "requester_id" UUID NOT NULL,
  "requester_name" TEXT NOT NULL,
  "requested_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "completed_at" TIMESTAMPTZ(3),
  "closed_at" TIMESTAMPTZ(3),
  "closed_because" TEXT,
  "closed_by" TEXT,
  "closed_note" TEXT,
  "consumed_at" TIMESTAMPTZ(3),
  "consumed_by_attempt" UUID,
  CONSTRAINT "approval_request_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "approval_request_danger_check" CHECK ("danger" IN ('safe', 'reversible', 'destructive')),
  CONSTRAINT "approval_request_plan_hash_check" CHECK ("plan_hash" ~ '^[0-9a-f]{64}$'),
  CONSTRAINT "approval_request_closed_because_check" CHECK ("closed_because" IN
    ('rejected', 'withdrawn', 'consumed', 'void', 'expired-request', 'expired-execution', 'ended')),
  CONSTRAINT "approval_request_closed_check" CHECK (("closed_at" IS NULL) = ("closed_because" IS NULL)
    AND ("closed_at" IS NULL) = ("closed_by" IS NULL)),
  CONSTRAINT "approval_request_consumed_check" CHECK (
    CASE WHEN "closed_at" IS NULL THEN TRUE ELSE ("consumed_at" IS NULL) = ("closed_because" <> 'consumed') END),
  CONSTRAINT "approval_request_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "approval_request_environment_id_fkey" FOREIGN KEY ("environment_id")
    REFERENCES "public"."environment" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "approval_request_service_id_fkey" FOREIGN KEY ("service_id")
    REFERENCES "public"."service" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "approval_request_requester_id_fkey" FOREIGN KEY ("requester_id")
    REFERENCES "public"."person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "approval_request_consumed_by_attempt_fkey" FOREIGN KEY ("consumed_by_attempt")
    REFERENCES "public"."migration_attempt" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "approval_request_migration_id_number_key" ON "public"."approval_request" ("migration_id", "number");
CREATE UNIQUE INDEX "approval_request_id_requester_id_key" ON "public"."approval_request" ("id", "requester_id");
CREATE UNIQUE INDEX "approval_request_open" ON "public"."approval_request" ("migration_id", "unit") WHERE "closed_at" IS NULL;
CREATE INDEX "approval_request_environment_id_requested_at_idx" ON "public"."approval_request" ("environment_id", "requested_at");
CREATE INDEX "approval_request_service_id_runbook_completed_at_idx" ON "public"."approval_request" ("service_id", "runbook", "completed_at");

-- The requester stands in each decision, so that a check alone keeps them from deciding; the key keeps anybody from deciding twice.
CREATE TABLE "public"."approval_decision" (
  "request_id" UUID NOT NULL,
  "person_id" UUID NOT NULL,
  "requester_id" UUID NOT NULL,
  "person_name" TEXT NOT NULL,
  "decision" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "decided_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "approval_decision_pkey" PRIMARY KEY ("request_id", "person_id"),
  CONSTRAINT "approval_decision_decision_check" CHECK ("decision" IN ('approve', 'reject')),
  CONSTRAINT "approval_decision_requester_check" CHECK ("person_id" <> "requester_id"),
  CONSTRAINT "approval_decision_reason_check" CHECK ("decision" = 'approve' OR length(btrim("reason")) >= 3),
  CONSTRAINT "approval_decision_request_id_fkey" FOREIGN KEY ("request_id", "requester_id")
    REFERENCES "public"."approval_request" ("id", "requester_id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "approval_decision_person_id_fkey" FOREIGN KEY ("person_id")
    REFERENCES "public"."person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "approval_decision_person_id_idx" ON "public"."approval_decision" ("person_id");

CREATE TABLE "public"."approval_use" (
  "attempt_id" UUID NOT NULL,
  "request_id" UUID NOT NULL,
  "used_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "approval_use_pkey" PRIMARY KEY ("attempt_id"),
  CONSTRAINT "approval_use_attempt_id_fkey" FOREIGN KEY ("attempt_id")
    REFERENCES "public"."migration_attempt" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "approval_use_request_id_fkey" FOREIGN KEY ("request_id")
    REFERENCES "public"."approval_request" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "approval_use_request_id_idx" ON "public"."approval_use" ("request_id");

CREATE TABLE "public"."approval_reading" (
  "id" UUID NOT NULL,
  "request_id" UUID NOT NULL,
  "person_id" UUID NOT NULL,
  "person_name" TEXT NOT NULL,
  "compared" JSONB NOT NULL,
  "read_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "approval_reading_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "approval_reading_request_id_fkey" FOREIGN KEY ("request_id")
    REFERENCES "public"."approval_request" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "approval_reading_person_id_fkey" FOREIGN KEY ("person_id")
    REFERENCES "public"."person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "approval_reading_request_id_read_at_idx" ON "public"."approval_reading" ("request_id", "read_at");

CREATE TABLE "public"."approval_break_glass" (
  "id" UUID NOT NULL,
  "request_id" UUID NOT NULL,
  "migration_id" UUID NOT NULL,
  "person_id" UUID NOT NULL,
  "person_name" TEXT NOT NULL,
  "reason" TEXT NOT NULL,
  "skipped" JSONB NOT NULL,
  "broken_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "reviewer_id" UUID,
  "reviewer_name" TEXT,
  "verdict" TEXT,
  "review_note" TEXT,
  "reviewed_at" TIMESTAMPTZ(3),
  CONSTRAINT "approval_break_glass_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "approval_break_glass_verdict_check" CHECK ("verdict" IN ('justified', 'objected')),
  CONSTRAINT "approval_break_glass_reviewer_check" CHECK ("reviewer_id" <> "person_id"),
  CONSTRAINT "approval_break_glass_review_check" CHECK (
    num_nonnulls("reviewer_id", "reviewer_name", "verdict", "review_note", "reviewed_at") IN (0, 5)),
  CONSTRAINT "approval_break_glass_request_id_fkey" FOREIGN KEY ("request_id")
    REFERENCES "public"."approval_request" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "approval_break_glass_migration_id_fkey" FOREIGN KEY ("migration_id")
    REFERENCES "public"."migration" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "approval_break_glass_person_id_fkey" FOREIGN KEY ("person_id")
    REFERENCES "public"."person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "approval_break_glass_reviewer_id_fkey" FOREIGN KEY ("reviewer_id")
    REFERENCES "public"."person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "approval_break_glass_request_id_key" ON "public"."approval_break_glass" ("request_id");
CREATE INDEX "approval_break_glass_migration_id_idx" ON "public"."approval_break_glass" ("migration_id");

CREATE TABLE "public"."environment_freeze" (
  "id" UUID NOT NULL,
  "environment_id" UUID NOT NULL,
  "reason" TEXT NOT NULL,
  "frozen_by_id" TEXT NOT NULL,
  "frozen_by_name" TEXT NOT NULL,
  "frozen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "lifted_at" TIMESTAMPTZ(3),
  "lifted_by" TEXT,
  "lifted_for" TEXT,
  CONSTRAINT "environment_freeze_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "environment_freeze_lifted_check" CHECK (num_nonnulls("lifted_at", "lifted_by", "lifted_for") IN (0, 3)),
  CONSTRAINT "environment_freeze_environment_id_fkey" FOREIGN KEY ("environment_id")
    REFERENCES "public"."environment" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "environment_freeze_environment_id_idx" ON "public"."environment_freeze" ("environment_id");
CREATE UNIQUE INDEX "environment_freeze_standing" ON "public"."environment_freeze" ("environment_id") WHERE "lifted_at" IS NULL;

CREATE TABLE "public"."maintenance_window" (
  "id" UUID NOT NULL,
  "environment_id" UUID NOT NULL,
  "kind" TEXT NOT NULL,
  "times" JSONB NOT NULL,
  "note" TEXT NOT NULL,
  "added_by_id" TEXT NOT NULL,
  "added_by_name" TEXT NOT NULL,
  "added_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "removed_at" TIMESTAMPTZ(3),
  "removed_by" TEXT,
  CONSTRAINT "maintenance_window_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "maintenance_window_kind_check" CHECK ("kind" IN ('open', 'closed')),
  CONSTRAINT "maintenance_window_removed_check" CHECK (("removed_at" IS NULL) = ("removed_by" IS NULL)),
  CONSTRAINT "maintenance_window_environment_id_fkey" FOREIGN KEY ("environment_id")
    REFERENCES "public"."environment" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX "maintenance_window_environment_id_idx" ON "public"."maintenance_window" ("environment_id");

-- Rows that are never changed and never deleted.
CREATE FUNCTION "public"."approval_refuse_change"() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: its rows are kept as they were written', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER "approval_policy_kept" BEFORE UPDATE OR DELETE ON "public"."approval_policy"
  FOR EACH ROW EXECUTE FUNCTION "public"."approval_refuse_change"();
CREATE TRIGGER "migration_policy_kept" BEFORE UPDATE OR DELETE ON "public"."migration_policy"
  FOR EACH ROW EXECUTE FUNCTION "public"."approval_refuse_change"();
CREATE TRIGGER "approval_reading_kept" BEFORE UPDATE OR DELETE ON "public"."approval_reading"
  FOR EACH ROW EXECUTE FUNCTION "public"."approval_refuse_change"();
CREATE TRIGGER "approval_use_kept" BEFORE UPDATE OR DELETE ON "public"."approval_use"
  FOR EACH ROW EXECUTE FUNCTION "public"."approval_refuse_change"();
CREATE TRIGGER "approval_request_not_deleted" BEFORE DELETE ON "public"."approval_request"
  FOR EACH ROW EXECUTE FUNCTION "public"."approval_refuse_change"();
CREATE TRIGGER "approval_decision_not_deleted" BEFORE DELETE ON "public"."approval_decision"
  FOR EACH ROW EXECUTE FUNCTION "public"."approval_refuse_change"();
CREATE TRIGGER "approval_break_glass_not_deleted" BEFORE DELETE ON "public"."approval_break_glass"
  FOR EACH ROW EXECUTE FUNCTION "public"."approval_refuse_change"();

-- A request keeps what was asked; once closed it stays as it was closed. `consumed_at` is set by the first effect of its unit, and the
-- request is closed when the unit is finished or taken back.
CREATE FUNCTION "public"."approval_hold_request"() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF OLD.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'approval request % is closed (%)', OLD.id, OLD.closed_because USING ERRCODE = 'check_violation';
  END IF;
  IF (to_jsonb(NEW) - ARRAY['completed_at', 'closed_at', 'closed_because', 'closed_by', 'closed_note', 'consumed_at', 'consumed_by_attempt'])
    IS DISTINCT FROM
     (to_jsonb(OLD) - ARRAY['completed_at', 'closed_at', 'closed_because', 'closed_by', 'closed_note', 'consumed_at', 'consumed_by_attempt']) THEN
    RAISE EXCEPTION 'what approval request % asks for is not changed', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.consumed_at IS NOT NULL AND (NEW.consumed_at, NEW.consumed_by_attempt)
    IS DISTINCT FROM (OLD.consumed_at, OLD.consumed_by_attempt) THEN
    RAISE EXCEPTION 'approval request % was used before', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.completed_at IS NOT NULL AND NEW.completed_at IS DISTINCT FROM OLD.completed_at THEN
    RAISE EXCEPTION 'approval request % was complete before', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "approval_request_held" BEFORE UPDATE ON "public"."approval_request"
  FOR EACH ROW EXECUTE FUNCTION "public"."approval_hold_request"();

-- Nobody decides on a request that is closed or used, and an approval can only be turned into a rejection by the same person.
CREATE FUNCTION "public"."approval_hold_decision"() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM 1 FROM public.approval_request r
    WHERE r.id = NEW.request_id AND r.closed_at IS NULL AND r.consumed_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'approval request % is closed or used', NEW.request_id USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (
    OLD.decision <> 'approve' OR NEW.decision <> 'reject'
    OR (NEW.request_id, NEW.person_id, NEW.requester_id) IS DISTINCT FROM (OLD.request_id, OLD.person_id, OLD.requester_id)
  ) THEN
    RAISE EXCEPTION 'the decision on approval request % stands', NEW.request_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "approval_decision_held" BEFORE INSERT OR UPDATE ON "public"."approval_decision"
  FOR EACH ROW EXECUTE FUNCTION "public"."approval_hold_decision"();

-- Attempts are made under open requests only.
CREATE FUNCTION "public"."approval_hold_use"() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM 1 FROM public.approval_request r WHERE r.id = NEW.request_id AND r.closed_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'approval request % is closed', NEW.request_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "approval_use_held" BEFORE INSERT ON "public"."approval_use"
  FOR EACH ROW EXECUTE FUNCTION "public"."approval_hold_use"();

-- The mark of a broken glass is permanent; a review is written once.
CREATE FUNCTION "public"."approval_hold_break_glass"() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF OLD.reviewed_at IS NOT NULL
    OR (to_jsonb(NEW) - ARRAY['reviewer_id', 'reviewer_name', 'verdict', 'review_note', 'reviewed_at'])
      IS DISTINCT FROM
       (to_jsonb(OLD) - ARRAY['reviewer_id', 'reviewer_name', 'verdict', 'review_note', 'reviewed_at']) THEN
    RAISE EXCEPTION 'the mark of a broken glass is permanent' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "approval_break_glass_held" BEFORE UPDATE ON "public"."approval_break_glass"
  FOR EACH ROW EXECUTE FUNCTION "public"."approval_hold_break_glass"();
