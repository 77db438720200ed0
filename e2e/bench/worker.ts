import { keepYoungGenerationSmall } from "#lib/processes/young-generation.ts";

// As the console's own worker begins, and with all that it has in memory.
keepYoungGenerationSmall();
await import("#lib/processes/run-worker.ts");
const { work } = await import("#e2e/bench/work.ts");
await work(process.argv[2] ?? "");
