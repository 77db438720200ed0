import { z } from "zod";
import { runAttached } from "#lib/processes/attach.ts";
import { startSandbox } from "#lib/sandbox/sandbox.ts";

const environment = z.object({
  LOCKSTEP_SANDBOX_FOLDER: z.string(),
  LOCKSTEP_SANDBOX_ADMIN_URL: z.url(),
  LOCKSTEP_SANDBOX_CONTROL_FILE: z.string(),
});

await runAttached("sandbox", async () => {
  const env = environment.parse(process.env);
  const sandbox = await startSandbox({
    folder: env.LOCKSTEP_SANDBOX_FOLDER,
    postgresAdminUrl: env.LOCKSTEP_SANDBOX_ADMIN_URL,
    controlFile: env.LOCKSTEP_SANDBOX_CONTROL_FILE,
  });
  return { ready: { type: "ready" }, stop: async () => sandbox.stop() };
});
