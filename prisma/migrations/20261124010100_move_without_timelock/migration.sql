-- A store may be moved while its service keeps its own bound on both sides: that migration has neither cluster nor namespace.
ALTER TABLE "public"."migration" ALTER COLUMN "cluster_id" DROP NOT NULL;
ALTER TABLE "public"."migration" ALTER COLUMN "namespace" DROP NOT NULL;
ALTER TABLE "public"."migration" ADD CONSTRAINT "migration_place_check"
  CHECK (("cluster_id" IS NULL) = ("namespace" IS NULL));
