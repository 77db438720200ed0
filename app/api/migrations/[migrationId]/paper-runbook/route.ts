import { z } from "zod";

import { getPaperRunbook } from "#lib/migrations/paper-runbook.ts";
import { runRead } from "#lib/web/run-read.ts";

const parameters = z.strictObject({ migrationId: z.uuid() });
const paper = z.strictObject({ fileName: z.string(), html: z.string() });

export async function GET(_request: Request, { params }: { params: Promise<{ migrationId: string }> }) {
  const answer = await runRead(parameters, await params, async (context, { migrationId }) =>
    getPaperRunbook(context, migrationId),
  );
  if (!answer.ok) return answer;
  const { fileName, html } = paper.parse(await answer.json());
  return new Response(html, {
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Disposition": `attachment; filename="${fileName}"`,
      "Cache-Control": "no-store",
    },
  });
}
