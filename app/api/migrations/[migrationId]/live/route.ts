import { z } from "zod";

import { getMigrationLive } from "#lib/migrations/get-migration-live.ts";
import { runRead } from "#lib/web/run-read.ts";

const parameters = z.strictObject({ migrationId: z.uuid() });

export async function GET(_request: Request, { params }: { params: Promise<{ migrationId: string }> }) {
  return runRead(parameters, await params, async (context, { migrationId }) =>
    getMigrationLive(context, migrationId),
  );
}
