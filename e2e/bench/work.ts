import { once } from "node:events";

import { openSink, openSource } from "#e2e/bench/side.ts";
import { jobWire } from "#e2e/bench/worker-wire.ts";
import { database } from "#lib/db/client.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";

/** Does the job that `text` says, from the word on standard input that begins it, and prints its answer. */
export async function work(text: string): Promise<void> {
  const job = jobWire.parse(JSON.parse(text));
  const failures: string[] = [];
  const ledger = openConsoleLedger(job.runId);
  const source = await openSource(job.source);
  const parts = {
    source,
    ledger,
    worker: `bench ${process.pid}`,
    signal: new AbortController().signal,
    whenIdle: "leave" as const,
    onProgress: (event: { readonly kind: string; readonly failure?: { readonly message: string } }) => {
      if (event.failure !== undefined) failures.push(event.failure.message);
    },
  };
  await ledger.plan();
  process.stdout.write("ready\n");
  await once(process.stdin, "data");
  const before = process.cpuUsage();
  let end: string;
  if (job.kind === "copy") {
    const sink = await openSink(job.destination);
    end = await runCopy({ ...parts, sink });
    await sink.close();
  } else {
    const destination = await openSource(job.destination);
    end = await runComparison({ ...parts, destination });
    await destination.close();
  }
  const endedAt = Date.now();
  const { user, system } = process.cpuUsage(before);
  await source.close();
  await database().$disconnect();
  process.stdout.write(
    `${JSON.stringify({
      end,
      endedAt,
      peakRssBytes: process.resourceUsage().maxRSS * 1_024,
      cpuMs: (user + system) / 1_000,
      failures,
    })}\n`,
  );
  process.stdin.destroy();
}
