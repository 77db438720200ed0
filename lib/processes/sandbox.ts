import { z } from "zod";
import { findTools } from "#lib/local-cassandra/java.ts";
import { runAttached } from "#lib/processes/attach.ts";
import { withoutCassandra } from "#lib/processes/sandbox-cassandra.ts";
import { startSandbox } from "#lib/sandbox/sandbox.ts";

const environment = z.object({
  LOCKSTEP_SANDBOX_FOLDER: z.string(),
  LOCKSTEP_SANDBOX_ADMIN_URL: z.url(),
  LOCKSTEP_SANDBOX_CONTROL_FILE: z.string(),
  LOCKSTEP_SANDBOX_CASSANDRA: z.enum(["0", "1"]).default("0"),
});

await runAttached("sandbox", async () => {
  const env = environment.parse(process.env);
  // The launcher has said already what is missing.
  const search = env.LOCKSTEP_SANDBOX_CASSANDRA === "1" ? await findTools() : null;
  const sandbox = await startSandbox({
    folder: env.LOCKSTEP_SANDBOX_FOLDER,
    postgresAdminUrl: env.LOCKSTEP_SANDBOX_ADMIN_URL,
    controlFile: env.LOCKSTEP_SANDBOX_CONTROL_FILE,
    cassandra: search?.found === true ? search.tools : null,
  });
  const lines = sandbox.cassandraProblem === null ? [] : [withoutCassandra(sandbox.cassandraProblem)];
  return { ready: { type: "ready", lines }, stop: async () => sandbox.stop() };
});
