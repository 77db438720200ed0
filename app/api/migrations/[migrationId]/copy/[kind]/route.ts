import { z } from "zod";

import { requireCopy } from "#lib/migrations/get-copy.ts";
import { runRead } from "#lib/web/run-read.ts";

const parameters = z.strictObject({ migrationId: z.uuid(), kind: z.enum(["copy", "compare"]) });

export async function GET(
  _request: Request,
  { params }: { params: Promise<{ migrationId: string; kind: string }> },
) {
  return runRead(parameters, await params, async (context, input) => requireCopy(context, input));
}
