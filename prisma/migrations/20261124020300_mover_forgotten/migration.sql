-- When what a copy kept beside the data in its destination was removed; null: it was not yet.
ALTER TABLE "public"."mover_run" ADD COLUMN "forgotten_at" TIMESTAMPTZ(3);
