-- Fresh sign-in, second factors, passkeys and sign-in with an OIDC provider.
-- Sessions from before have confirmed nothing: their people are asked once more before something dangerous.
ALTER TABLE "public"."session"
  ADD COLUMN "signed_in_with" TEXT NOT NULL DEFAULT 'password',
  ADD COLUMN "confirmed_at" TIMESTAMPTZ(3),
  ADD COLUMN "second_factor_at" TIMESTAMPTZ(3),
  ADD CONSTRAINT "session_signed_in_with_check" CHECK ("signed_in_with" IN ('password', 'passkey', 'oidc'));

-- The same grant may come from an administrator and from the provider; neither takes the other away.
ALTER TABLE "public"."role_grant"
  ADD COLUMN "source" TEXT NOT NULL DEFAULT 'manual',
  ADD CONSTRAINT "role_grant_source_check" CHECK ("source" IN ('manual', 'oidc'));
DROP INDEX "public"."role_grant_person_id_role_environment_id_key";
CREATE UNIQUE INDEX "role_grant_person_id_role_environment_id_source_key"
  ON "public"."role_grant" ("person_id", "role", "environment_id", "source") NULLS NOT DISTINCT;

CREATE TABLE "public"."totp_factor" (
  "person_id" UUID NOT NULL,
  "sealed_secret" TEXT NOT NULL,
  "last_step" BIGINT NOT NULL DEFAULT 0,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "confirmed_at" TIMESTAMPTZ(3),
  CONSTRAINT "totp_factor_pkey" PRIMARY KEY ("person_id"),
  CONSTRAINT "totp_factor_person_id_fkey" FOREIGN KEY ("person_id")
    REFERENCES "public"."person" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "public"."recovery_code" (
  "id" UUID NOT NULL,
  "person_id" UUID NOT NULL,
  "code_hash" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "used_at" TIMESTAMPTZ(3),
  CONSTRAINT "recovery_code_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "recovery_code_person_id_fkey" FOREIGN KEY ("person_id")
    REFERENCES "public"."person" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "recovery_code_person_id_code_hash_key" ON "public"."recovery_code" ("person_id", "code_hash");

CREATE TABLE "public"."passkey" (
  "id" UUID NOT NULL,
  "person_id" UUID NOT NULL,
  "name" TEXT NOT NULL,
  "credential_id" TEXT NOT NULL,
  "public_key" BYTEA NOT NULL,
  "counter" BIGINT NOT NULL,
  "transports" TEXT[] NOT NULL,
  "synced" BOOLEAN NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "last_used_at" TIMESTAMPTZ(3),
  CONSTRAINT "passkey_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "passkey_person_id_fkey" FOREIGN KEY ("person_id")
    REFERENCES "public"."person" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "passkey_credential_id_key" ON "public"."passkey" ("credential_id");
CREATE INDEX "passkey_person_id_idx" ON "public"."passkey" ("person_id");

CREATE TABLE "public"."auth_challenge" (
  "id" UUID NOT NULL,
  "kind" TEXT NOT NULL,
  "token_hash" TEXT NOT NULL,
  "person_id" UUID,
  "session_id" UUID,
  "address" TEXT,
  "sealed_data" TEXT NOT NULL,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "expires_at" TIMESTAMPTZ(3) NOT NULL,
  CONSTRAINT "auth_challenge_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "auth_challenge_kind_check" CHECK ("kind" IN ('second-factor', 'passkey-sign-in', 'passkey-confirm',
    'passkey-register', 'oidc-sign-in', 'oidc-confirm')),
  CONSTRAINT "auth_challenge_person_id_fkey" FOREIGN KEY ("person_id")
    REFERENCES "public"."person" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "auth_challenge_session_id_fkey" FOREIGN KEY ("session_id")
    REFERENCES "public"."session" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "auth_challenge_token_hash_key" ON "public"."auth_challenge" ("token_hash");
CREATE INDEX "auth_challenge_person_id_idx" ON "public"."auth_challenge" ("person_id");
CREATE INDEX "auth_challenge_session_id_idx" ON "public"."auth_challenge" ("session_id");
CREATE INDEX "auth_challenge_address_idx" ON "public"."auth_challenge" ("address");
CREATE INDEX "auth_challenge_expires_at_idx" ON "public"."auth_challenge" ("expires_at");

CREATE TABLE "public"."oidc_settings" (
  "id" TEXT NOT NULL,
  "enabled" BOOLEAN NOT NULL,
  "button_label" TEXT NOT NULL,
  "issuer" TEXT NOT NULL,
  "client_id" TEXT NOT NULL,
  "sealed_client_secret" TEXT,
  "client_secret_set_at" TIMESTAMPTZ(3),
  "scopes" TEXT NOT NULL,
  "create_people" BOOLEAN NOT NULL,
  "password_allowed" BOOLEAN NOT NULL,
  "trusts_second_factor" BOOLEAN NOT NULL,
  "rules" JSONB NOT NULL,
  "version" INTEGER NOT NULL DEFAULT 1,
  "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  CONSTRAINT "oidc_settings_pkey" PRIMARY KEY ("id"),
  CONSTRAINT "oidc_settings_one_check" CHECK ("id" = 'console')
);
