import { z } from "zod";

import { getSandbox } from "#lib/rehearsal/get-sandbox.ts";
import { runRead } from "#lib/web/run-read.ts";

const query = z.strictObject({});

/** The live view of the sandbox. */
export async function GET(request: Request) {
  const { searchParams } = new URL(request.url);
  return runRead(query, Object.fromEntries(searchParams), async (context) => getSandbox(context));
}
