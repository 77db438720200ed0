import type { NextRequest } from "next/server";

import { auditBatchInput } from "#lib/audit/schema.ts";
import { readAuditBatch } from "#lib/audit/verify-audit.ts";
import { runRead } from "#lib/web/run-read.ts";

export async function GET(request: NextRequest) {
  const query = Object.fromEntries(request.nextUrl.searchParams);
  return runRead(auditBatchInput, query, async (context, { after }) =>
    readAuditBatch(context, BigInt(after)),
  );
}
