import { z } from "zod";

import { startJobRunner } from "#lib/jobs/job-runner.ts";
import { notificationDuty, notificationQueue } from "#lib/notifications/notification-duties.ts";

/*
 * A worker process of its own for the test that kills one: DATABASE_URL and LOCKSTEP_SECRET_KEY come from outside, claims last as many
 * seconds as the argument says, and tries follow after one.
 */
const jobs = await startJobRunner({
  url: process.env["DATABASE_URL"] ?? "",
  queues: [notificationQueue({ claimSeconds: z.coerce.number().parse(process.argv[2]), waitsSeconds: [1] })],
  onProblem: (error) => void process.stderr.write(`${String(error)}\n`),
});
const duty = notificationDuty(jobs);
setInterval(() => void duty.run().catch((error: unknown) => process.stderr.write(`${String(error)}\n`)), 300);
process.stdout.write("ready\n");
