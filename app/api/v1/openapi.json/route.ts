import { openApiDocument } from "#lib/api/openapi.ts";

/** Says what the API takes and answers, and nothing of what is in it: anybody may read it. */
export function GET() {
  return Response.json(openApiDocument(), { headers: { "Cache-Control": "no-store" } });
}
