import { z } from "zod";

import { listWorkers } from "#lib/health/list-workers.ts";
import { runRead } from "#lib/web/run-read.ts";

export async function GET() {
  return runRead(z.strictObject({}), {}, async (context) => listWorkers(context));
}
