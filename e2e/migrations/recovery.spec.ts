import { expect } from "@playwright/test";

import { askConsole } from "#e2e/fixtures/console-database.ts";
import { test } from "#e2e/fixtures/console-test.ts";
import { killProcess, pidOf } from "#e2e/fixtures/processes.ts";
import { openMigration, walkOn } from "#e2e/fixtures/walk.ts";

// In order: the lease of what was killed runs out while another migration is walked.
test.describe.configure({ mode: "serial" });

/** Where the migration is whose step was cut short. */
let crashed = "";

test("web and worker are killed in the middle of a step and come back", async ({ pageAs, running }) => {
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
  crashed = walk.address;
  const killed = await Promise.all(
    ["web", "worker"].map(async (name) => killProcess(launched.dataDir, name)),
  );

  await expect
    .poll(async () => pidOf(launched.dataDir, "web").then((pid) => pid !== null && !killed.includes(pid)), {
      timeout: 60_000,
    })
    .toBe(true);
  await expect
    .poll(async () => (await fetch(`${launched.url}/api/health/ready`).catch(() => null))?.status, {
      timeout: 60_000,
    })
    .toBe(200);
});

test("a store written by the real AtlasDB walks to TimeLock, whose leader is lost during the fast-forward", async ({
  pageAs,
  running,
}) => {
  const { lab } = running;
  const page = await pageAs("operator");
  const walk = await openMigration(page, "golden");
  await walk.press("Assess the service", "Stop all clients");
  await walk.attestAll();
  await walk.press("Confirm that all clients are stopped", "Claim the namespace");
  await walk.press("Claim golden", "Take TS");
  await walk.press("Take TS", "Fast-forward TimeLock to TS");

  await test.step("the leader is lost during the fast-forward, and it settles", async () => {
    await lab.order({ kind: "set-fault", fault: "leader-lost-during-fast-forward" });
    await walk.pressOnly("Fast-forward golden");
    const settle = page.getByRole("button", { name: "Read the system again" });
    const next = walk.step("Invalidate the store's bound");
    await expect(settle.or(next).first()).toBeVisible({ timeout: 60_000 });
    if (await settle.isVisible()) await settle.click();
    await expect(next).toBeVisible({ timeout: 60_000 });
    const fault = (await lab.status()).faults.find((one) => one.fault === "leader-lost-during-fast-forward");
    expect(fault?.armed).toBe(false);
  });

  await walk.press("Invalidate the bound in sandbox_golden", "See one client fail on its old configuration");
  // As in the golden file that the real migration left: renamed, the value unchanged.
  expect(await lab.store("golden")).toMatchObject({
    columns: ["legacy_last_allocated"],
    rows: [["1010001"]],
  });
  await page.getByRole("button", { name: /^Skip this step/ }).click();
  const dialog = page.getByRole("alertdialog");
  await dialog.getByLabel("Reason").fill("Seen on orders already");
  await dialog.getByRole("button", { name: /^Skip/ }).click();
  await expect(walk.step("Configure every node")).toBeVisible();
  await walk.configure(lab, "golden");
  await walk.press("Confirm the configuration of every node", "Start the clients and try them");
  await lab.order({ kind: "start-service", service: "golden", configuration: "timelock" });
  await page.getByLabel("What was tried").fill("Read what AtlasDB had written, and wrote more.");
  await page.getByRole("button", { name: "Record that it worked" }).click();
  await walk.press("Confirm that clients run on TimeLock", "Watch");
  const golden = await lab.service("golden");
  expect(golden.faultCount).toBe(0);
  expect(BigInt(golden.highestIssued ?? "0")).toBeGreaterThan(1_010_001n);
});

test("the step that was cut short is settled by reading, and done once", async ({ pageAs, running }) => {
  const { lab, launched } = running;
  const again = await pageAs("operator");
  await again.goto(crashed);
  await expect(walkOn(again).step("Invalidate the store's bound")).toBeVisible({ timeout: 90_000 });
  const attempts = await askConsole<{ state: string }>(
    launched.dataDir,
    "SELECT a.state FROM migration_attempt a JOIN migration m ON m.id = a.migration_id WHERE m.id = $1 AND a.step_id = 'fast-forward'",
    [crashed.split("/").at(-1)],
  );
  expect(attempts).toEqual([{ state: "done" }]);
  expect((await lab.service("billing")).faultCount).toBe(0);

  await again.getByRole("button", { name: "More about this migration" }).click();
  await again.getByRole("menuitem", { name: /^Abandon/ }).click();
  const dialog = again.getByRole("alertdialog");
  await dialog.getByLabel("Reason").fill("The rehearsal of a crash is over");
  await dialog.getByLabel(/^Type /).fill((await dialog.locator("label code").textContent()) ?? "");
  await dialog.getByRole("button", { name: /^Abandon/i }).click();
  await expect(dialog).toBeHidden();
});
