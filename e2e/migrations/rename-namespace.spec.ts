import { expect } from "@playwright/test";

import { test } from "#e2e/fixtures/console-test.ts";
import { openMigration } from "#e2e/fixtures/walk.ts";

test("a service on TimeLock walks to another namespace, and the old one stands still", async ({
  pageAs,
  running,
}) => {
  const { lab } = running;
  await lab.order({ kind: "reset" });
  await expect.poll(async () => (await lab.service("loyalty")).commits).toBeGreaterThan(0);
  const page = await pageAs("operator");

  await test.step("the same name is refused before anything is read", async () => {
    await page.goto("/services");
    await page.getByRole("link", { name: "loyalty", exact: true }).click();
    await page.getByRole("link", { name: "Rename the namespace" }).click();
    await page.getByLabel("New namespace").fill("loyalty");
    await page.getByRole("button", { name: "Read the systems" }).click();
    await expect(page.getByText("loyalty is on loyalty already. Choose another name.").first()).toBeVisible();
  });

  const walk = await openMigration(page, "loyalty", {
    offer: "Rename the namespace",
    namespace: { label: "New namespace", name: "loyalty-new" },
  });

  await test.step("assess while the service runs, then stop it", async () => {
    await walk.press("Assess the service", "Stop all clients");
    await lab.order({ kind: "stop-service", service: "loyalty" });
    await walk.attestAll();
    await walk.pressUntil("Confirm that all clients are stopped", "Take TS");
  });

  await test.step("TS is taken, the new namespace claimed and forwarded in one unit", async () => {
    await walk.press("Take TS", "Claim the new namespace");
    await walk.press("Claim loyalty-new and fast-forward it", "Read the old namespace again");
    const proof = page.getByRole("region", { name: /^Proof/ });
    await expect(proof.getByText("forward to is less than fresh (new): proven")).toBeAttached();
    await walk.press("Read the old namespace again", "Configure every node");
  });

  const before = BigInt((await lab.service("loyalty")).highestIssued ?? "0");
  await test.step("configure, start on the new namespace, try", async () => {
    await walk.configure(lab, "loyalty", "renamed");
    await walk.press("Confirm the configuration of every node", "Start the clients and try them");
    await lab.order({ kind: "start-service", service: "loyalty", configuration: "renamed" });
    await expect.poll(async () => (await lab.service("loyalty")).state).toBe("running");
    await page.getByLabel("What was tried").fill("Gave points and read them back.");
    await page.getByRole("button", { name: "Record that it worked" }).click();
    await walk.press("Confirm that clients run on the new namespace", "Watch the old namespace");
  });

  const after = await lab.service("loyalty");
  expect(after.faultCount).toBe(0);
  expect(BigInt(after.highestIssued ?? "0")).toBeGreaterThan(before);

  await test.step("what stays on TimeLock is explained with its real places", async () => {
    await page.getByRole("link", { name: /Clean up the old namespace/ }).click();
    await expect(
      walk
        .step("Clean up the old namespace")
        .getByText(/Lockstep deletes none of it/)
        .first(),
    ).toBeVisible();
    await page.goto("/services");
    await page.getByRole("link", { name: "loyalty", exact: true }).click();
    await expect(page.getByText("loyalty-new").first()).toBeVisible();
  });
});
