import { keepYoungGenerationSmall } from "#lib/processes/young-generation.ts";

keepYoungGenerationSmall();
const { runWorker } = await import("#lib/processes/run-worker.ts");
await runWorker({ duties: "all", isAlone: false });
