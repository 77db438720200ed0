import { z } from "zod";

import { getMoveTables } from "#lib/migrations/get-move-tables.ts";
import { runRead } from "#lib/web/run-read.ts";

const parameters = z.strictObject({ migrationId: z.uuid() });

export async function GET(_request: Request, { params }: { params: Promise<{ migrationId: string }> }) {
  return runRead(parameters, await params, async (context, { migrationId }) =>
    getMoveTables(context, migrationId),
  );
}
