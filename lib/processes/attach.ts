import { AppError } from "#lib/errors.ts";
import { logFor } from "#lib/log.ts";
import { type ChildMessage, launcherMessage } from "#lib/processes/messages.ts";

/**
 * Runs a child process of the launcher: `start` brings it up and returns how to stop it in order. It ends at once when the
 * launcher is gone (its pipe closes, also after kill -9), and in order when the launcher says so. Ctrl-C in the terminal is
 * the launcher's to handle. Started by hand, without a launcher, it ends in order on SIGINT and SIGTERM; `isAlone` says so where another
 * process only stands before it.
 */
export async function runAttached(
  name: string,
  start: () => Promise<{ readonly ready: ChildMessage; readonly stop: () => Promise<void> }>,
  isAlone = false,
): Promise<void> {
  const log = logFor(name);
  let stop: (() => Promise<void>) | null = null;
  let isStopping = false;
  const end = async () => {
    if (isStopping) return;
    isStopping = true;
    try {
      await stop?.();
      process.exit(0);
    } catch (error) {
      log.error({ err: error }, "did not stop in order");
      process.exit(1);
    }
  };
  const hasLauncher = process.connected && !isAlone;
  process.on("SIGINT", () => (hasLauncher ? undefined : void end()));
  process.on("SIGTERM", () => void end());
  process.on("disconnect", () => process.exit(1));
  process.on("message", (message) => {
    if (launcherMessage.safeParse(message).success) void end();
  });
  try {
    const started = await start();
    stop = started.stop;
    tell(started.ready);
    log.info("ready");
  } catch (error) {
    log.error({ err: error }, "did not start");
    tell({
      type: "failed",
      sentence: error instanceof AppError ? error.message : `${name} failed: ${String(error)}`,
    });
    process.exitCode = 1;
    process.disconnect?.();
    process.exit();
  }
}

function tell(message: ChildMessage): void {
  if (process.connected) process.send?.(message);
}
