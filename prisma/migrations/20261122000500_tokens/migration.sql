-- API tokens. Only the SHA-256 of a secret is stored. What a token may do is never changed, only taken away.
CREATE TABLE "public"."api_token" (
  "id" UUID NOT NULL,
  "owner_id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "machine" BOOLEAN NOT NULL,
  "scopes" TEXT[],
  "all_environments" BOOLEAN NOT NULL,
  "hint" TEXT NOT NULL,
  "token_hash" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  "revoked_at" TIMESTAMPTZ(3),
  "revoked_by_name" TEXT,
  "last_used_at" TIMESTAMPTZ(3),
  "last_used_address" TEXT,
  "window_started_at" TIMESTAMPTZ(3),
  "window_spent" INTEGER NOT NULL DEFAULT 0,
  CONSTRAINT "api_token_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "api_token_token_hash_check" CHECK ("token_hash" ~ '^[0-9a-f]{64}$'),
  CONSTRAINT "api_token_scopes_check"
    CHECK ("scopes" IS NOT NULL AND cardinality("scopes") > 0 AND "scopes" <@ ARRAY['read', 'propose']),
  CONSTRAINT "api_token_expires_check"
    CHECK ("expires_at" > "created_at" AND "expires_at" <= "created_at" + interval '365 days'),
  CONSTRAINT "api_token_revoked_check" CHECK (("revoked_at" IS NULL) = ("revoked_by_name" IS NULL)),
  CONSTRAINT "api_token_owner_id_fkey" FOREIGN KEY ("owner_id")
    REFERENCES "public"."person" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX "api_token_token_hash_key" ON "public"."api_token" ("token_hash");
CREATE INDEX "api_token_owner_id_idx" ON "public"."api_token" ("owner_id");

CREATE TABLE "public"."api_token_environment" (
  "token_id" UUID NOT NULL,
  "environment_id" UUID NOT NULL,
  CONSTRAINT "api_token_environment_pkey" PRIMARY KEY ("token_id", "environment_id"),
  CONSTRAINT "api_token_environment_token_id_fkey" FOREIGN KEY ("token_id")
    REFERENCES "public"."api_token" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT "api_token_environment_environment_id_fkey" FOREIGN KEY ("environment_id")
    REFERENCES "public"."environment" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- Whatever the application does: a token gets no new rights, no later end, and is not brought back.
CREATE FUNCTION "public"."api_token_hold"() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF OLD.revoked_at IS NOT NULL AND (NEW.revoked_at, NEW.revoked_by_name)
    IS DISTINCT FROM (OLD.revoked_at, OLD.revoked_by_name) THEN
    RAISE EXCEPTION 'API token % is revoked and stays so', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.id, NEW.owner_id, NEW.name, NEW.machine, NEW.scopes, NEW.all_environments, NEW.hint, NEW.token_hash, NEW.created_at,
      NEW.expires_at) IS DISTINCT FROM
     (OLD.id, OLD.owner_id, OLD.name, OLD.machine, OLD.scopes, OLD.all_environments, OLD.hint, OLD.token_hash, OLD.created_at,
      OLD.expires_at) THEN
    RAISE EXCEPTION 'what API token % may do is not changed', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "api_token_held" BEFORE UPDATE ON "public"."api_token"
  FOR EACH ROW EXECUTE FUNCTION "public"."api_token_hold"();

-- Tokens act too, and are refused.
ALTER TABLE "audit"."entry" DROP CONSTRAINT "entry_actor_kind_check";
ALTER TABLE "audit"."entry" ADD CONSTRAINT "entry_actor_kind_check"
  CHECK ("actor_kind" IN ('person', 'token', 'worker', 'system'));
