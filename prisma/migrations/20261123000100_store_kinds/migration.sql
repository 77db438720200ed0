-- Cassandra and Oracle stores. Nothing connects to an Oracle database, so no secret of one is ever kept.
ALTER TABLE "public"."store" DROP CONSTRAINT "store_kind_check";
ALTER TABLE "public"."store" ADD CONSTRAINT "store_kind_check"
  CHECK ("kind" IN ('postgres', 'cassandra', 'oracle') AND "connection" ->> 'kind' = "kind");
ALTER TABLE "public"."store" ADD CONSTRAINT "store_oracle_secret_check"
  CHECK ("kind" <> 'oracle' OR ("password_sealed" IS NULL AND "client_key_sealed" IS NULL));
