import type { NextRequest } from "next/server";

import { differencesInput, getDifferences } from "#lib/migrations/get-differences.ts";
import { runRead } from "#lib/web/run-read.ts";

export async function GET(request: NextRequest, { params }: { params: Promise<{ migrationId: string }> }) {
  const raw = { ...Object.fromEntries(request.nextUrl.searchParams), ...(await params) };
  return runRead(differencesInput, raw, async (context, input) => getDifferences(context, input));
}
