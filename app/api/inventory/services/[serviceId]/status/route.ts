import { z } from "zod";

import { readServiceStatus } from "#lib/inventory/read-service-status.ts";
import { runRead } from "#lib/web/run-read.ts";

const parameters = z.strictObject({ serviceId: z.uuid() });

export async function GET(_request: Request, { params }: { params: Promise<{ serviceId: string }> }) {
  return runRead(parameters, await params, async (context, { serviceId }) =>
    readServiceStatus(context, serviceId),
  );
}
