import { expect } from "@playwright/test";

import { askConsole } from "#e2e/fixtures/console-database.ts";
import { test } from "#e2e/fixtures/console-test.ts";
import { killProcess, pidOf } from "#e2e/fixtures/processes.ts";
import { openMigration, walkOn } from "#e2e/fixtures/walk.ts";

test("web and worker are killed in the middle of a step, come back, and settle it by reading", async ({
  pageAs,
  running,
}) => {
  const { lab, launched } = running;
  await lab.order({ kind: "reset" });
  await lab.order({ kind: "stop-service", service: "orders" });
  const page = await pageAs("operator");
  const walk = await openMigration(page, "orders");
  await walk.press("Assess the service", "Stop all clients");
  await walk.attestAll();
  await walk.press("Confirm that all clients are stopped", "Claim the namespace");
  await walk.press("Claim orders", "Take TS");
  await walk.press("Take TS", "Fast-forward TimeLock to TS");

  await lab.order({ kind: "set-fault", fault: "late-fast-forward-answer" });
  await walk.pressOnly("Fast-forward orders");
  const intended = async () =>
    (await askConsole(launched.dataDir, "SELECT 1 FROM migration_attempt WHERE state = 'intended'")).length;
  await expect.poll(intended, { intervals: [50] }).toBe(1);
  const killed = await Promise.all(
    ["web", "worker"].map(async (name) => killProcess(launched.dataDir, name)),
  );

  await expect
    .poll(async () => pidOf(launched.dataDir, "web").then((pid) => pid !== null && !killed.includes(pid)), {
      timeout: 30_000,
    })
    .toBe(true);
  await expect
    .poll(async () => (await fetch(`${launched.url}/api/health/ready`).catch(() => null))?.status, {
      timeout: 30_000,
    })
    .toBe(200);
  const again = await pageAs("operator");
  await again.goto(walk.address);
  await expect(walkOn(again).step("Invalidate the store's bound")).toBeVisible({ timeout: 90_000 });
  const attempts = await askConsole<{ state: string }>(
    launched.dataDir,
    "SELECT state FROM migration_attempt a JOIN migration m ON m.id = a.migration_id WHERE m.id = $1 AND a.step_id = 'fast-forward'",
    [walk.address.split("/").at(-1)],
  );
  expect(attempts).toEqual([{ state: "done" }]);
  expect((await lab.service("billing")).faultCount).toBe(0);

  await again.getByRole("button", { name: /^Abandon/i }).click();
  const dialog = again.getByRole("alertdialog");
  await dialog.getByLabel("Reason").fill("The rehearsal of a crash is over");
  const phrase = dialog.getByRole("textbox").last();
  await phrase.fill((await dialog.locator("label code").textContent()) ?? "");
  await dialog.getByRole("button", { name: /^Abandon/i }).click();
  await expect(dialog).toBeHidden();
});
