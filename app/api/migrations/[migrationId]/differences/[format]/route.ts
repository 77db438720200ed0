import { z } from "zod";

import { downloadDifferences, downloadInput } from "#lib/migrations/get-differences.ts";
import { runRead } from "#lib/web/run-read.ts";

const file = z.strictObject({ fileName: z.string(), contentType: z.string(), text: z.string() });

export async function GET(
  _request: Request,
  { params }: { params: Promise<{ migrationId: string; format: string }> },
) {
  const answer = await runRead(downloadInput, await params, async (context, input) =>
    downloadDifferences(context, input),
  );
  if (!answer.ok) return answer;
  const { fileName, contentType, text } = file.parse(await answer.json());
  return new Response(text, {
    headers: {
      "Content-Type": contentType,
      "Content-Disposition": `attachment; filename="${fileName}"`,
      "Cache-Control": "no-store",
    },
  });
}
