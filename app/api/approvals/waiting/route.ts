import { z } from "zod";

import { countWaitingForMe } from "#lib/approvals/list-approvals.ts";
import { runRead } from "#lib/web/run-read.ts";

const parameters = z.strictObject({});

export async function GET() {
  return runRead(parameters, {}, async (context) => ({ waiting: await countWaitingForMe(context) }));
}
