import { expect } from "@playwright/test";

import { test } from "#e2e/fixtures/console-test.ts";
import { openMigration } from "#e2e/fixtures/walk.ts";

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
    await expect(settle.or(next).first()).toBeVisible({ timeout: 30_000 });
    if (await settle.isVisible()) await settle.click();
    await expect(next).toBeVisible({ timeout: 30_000 });
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
