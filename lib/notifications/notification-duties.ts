import type { JobQueue, JobRunner } from "#lib/jobs/job-runner.ts";
import { deliver, type Delivering, dueDeliveries } from "#lib/notifications/deliver.ts";
import { fanOut } from "#lib/notifications/fan-out.ts";

const QUEUE = "notifications";
const CONCURRENCY = 8;
const WOKEN_MAX = 500;

/** The queue of deliveries: a job tries one of them, if it is still due. */
export function notificationQueue(delivering: Delivering = {}): JobQueue {
  return {
    name: QUEUE,
    concurrency: CONCURRENCY,
    expiresAfterSeconds: 300,
    run: async (deliveryId) => {
      await deliver(deliveryId, delivering);
    },
  };
}

/**
 * What the worker does for notifications: makes deliveries of new events, and wakes workers for what is due. When a delivery is due
 * stands in its row alone, so that nothing is lost with the queue.
 */
export function notificationDuty(jobs: Pick<JobRunner, "wake">): {
  readonly name: string;
  readonly everyMs: number;
  readonly run: () => Promise<void>;
} {
  return {
    name: "notifications",
    everyMs: 1_000,
    run: async () => {
      await fanOut();
      await jobs.wake(QUEUE, await dueDeliveries(WOKEN_MAX));
    },
  };
}
