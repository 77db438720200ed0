-- The audit log: append-only and hash-chained, enforced here and not by the application.
-- A superuser alone may change rows (and then the chain shows it); the owner of the schema and the application may not.
CREATE SCHEMA IF NOT EXISTS "audit";
REVOKE ALL ON SCHEMA "audit" FROM PUBLIC;

CREATE TABLE "audit"."entry" (
  "sequence" BIGINT NOT NULL,
  "at" TIMESTAMPTZ(3) NOT NULL,
  "actor_kind" TEXT NOT NULL,
  "actor_id" TEXT NOT NULL,
  "actor_name" TEXT NOT NULL,
  "source_address" TEXT,
  "request_id" TEXT NOT NULL,
  "action" TEXT NOT NULL,
  "subject_kind" TEXT NOT NULL,
  "subject_id" TEXT,
  "subject_name" TEXT NOT NULL,
  "environment_id" UUID,
  "migration_id" UUID,
  "plan_hash" TEXT,
  "input" JSONB,
  "outcome" JSONB,
  "result" TEXT NOT NULL,
  "canonical_text" TEXT NOT NULL,
  "previous_hash" TEXT NOT NULL,
  "hash" TEXT NOT NULL,
  CONSTRAINT "entry_pkey" PRIMARY KEY ("sequence"),
  CONSTRAINT "entry_actor_kind_check" CHECK ("actor_kind" IN ('person', 'worker', 'system')),
  CONSTRAINT "entry_result_check" CHECK ("result" IN ('done', 'denied', 'failed'))
);

CREATE INDEX "entry_at_idx" ON "audit"."entry" ("at");
CREATE INDEX "entry_actor_id_sequence_idx" ON "audit"."entry" ("actor_id", "sequence");
CREATE INDEX "entry_action_sequence_idx" ON "audit"."entry" ("action", "sequence");
CREATE INDEX "entry_subject_kind_subject_id_sequence_idx" ON "audit"."entry" ("subject_kind", "subject_id", "sequence");
CREATE INDEX "entry_environment_id_sequence_idx" ON "audit"."entry" ("environment_id", "sequence");
CREATE INDEX "entry_migration_id_sequence_idx" ON "audit"."entry" ("migration_id", "sequence");

-- Holds the chain: one writer at a time, no gap, the stored text says what the columns say, the hash is right.
-- The key of the advisory lock is the one in lib/audit/append-entry.ts.
CREATE FUNCTION "audit"."hold_chain"() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  last_sequence bigint := 0;
  last_hash text := repeat('0', 64);
BEGIN
  PERFORM pg_advisory_xact_lock(6021023114150922);
  SELECT e.sequence, e.hash INTO last_sequence, last_hash FROM audit.entry e ORDER BY e.sequence DESC LIMIT 1;
  IF NOT FOUND THEN
    last_sequence := 0;
    last_hash := repeat('0', 64);
  END IF;
  IF NEW.sequence IS DISTINCT FROM last_sequence + 1 THEN
    RAISE EXCEPTION 'audit entry % does not follow entry %', NEW.sequence, last_sequence USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.previous_hash IS DISTINCT FROM last_hash THEN
    RAISE EXCEPTION 'audit entry % does not name the hash of the entry before it', NEW.sequence USING ERRCODE = 'check_violation';
  END IF;
  IF abs(extract(epoch FROM NEW.at - clock_timestamp())) > 60 THEN
    RAISE EXCEPTION 'audit entry % is not dated now', NEW.sequence USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.canonical_text::jsonb IS DISTINCT FROM jsonb_build_object(
    'sequence', NEW.sequence::text,
    'at', to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'actorKind', NEW.actor_kind,
    'actorId', NEW.actor_id,
    'actorName', NEW.actor_name,
    'sourceAddress', NEW.source_address,
    'requestId', NEW.request_id,
    'action', NEW.action,
    'subjectKind', NEW.subject_kind,
    'subjectId', NEW.subject_id,
    'subjectName', NEW.subject_name,
    'environmentId', NEW.environment_id::text,
    'migrationId', NEW.migration_id::text,
    'planHash', NEW.plan_hash,
    'input', NEW.input,
    'outcome', NEW.outcome,
    'result', NEW.result
  ) THEN
    RAISE EXCEPTION 'the canonical text of audit entry % does not say what its columns say', NEW.sequence USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.hash IS DISTINCT FROM encode(sha256(convert_to(NEW.previous_hash || NEW.canonical_text, 'UTF8')), 'hex') THEN
    RAISE EXCEPTION 'the hash of audit entry % is wrong', NEW.sequence USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;

CREATE FUNCTION "audit"."refuse_change"() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT (SELECT r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user) THEN
    RAISE EXCEPTION 'the audit log is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF TG_LEVEL = 'STATEMENT' THEN
    RETURN NULL;
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE TRIGGER "entry_holds_chain" BEFORE INSERT ON "audit"."entry"
  FOR EACH ROW EXECUTE FUNCTION "audit"."hold_chain"();
CREATE TRIGGER "entry_refuses_change" BEFORE UPDATE OR DELETE ON "audit"."entry"
  FOR EACH ROW EXECUTE FUNCTION "audit"."refuse_change"();
CREATE TRIGGER "entry_refuses_statement" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit"."entry"
  FOR EACH STATEMENT EXECUTE FUNCTION "audit"."refuse_change"();

-- ALWAYS: they also fire where session_replication_role is set to replica.
ALTER TABLE "audit"."entry" ENABLE ALWAYS TRIGGER "entry_holds_chain";
ALTER TABLE "audit"."entry" ENABLE ALWAYS TRIGGER "entry_refuses_change";
ALTER TABLE "audit"."entry" ENABLE ALWAYS TRIGGER "entry_refuses_statement";
