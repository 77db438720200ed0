import { runWorker } from "#lib/processes/run-worker.ts";

await runWorker({ duties: "all", isAlone: false });
