import { expect } from "@playwright/test";

import { test } from "#e2e/fixtures/console-test.ts";
import { openMigration } from "#e2e/fixtures/walk.ts";

const BUFFER = 1_000_000n;

test("a service on TimeLock walks back to the bound in its own store, and one node serves alone", async ({
  pageAs,
  running,
}) => {
  const { lab } = running;
  await lab.order({ kind: "reset" });
  await expect.poll(async () => (await lab.service("shipping")).commits).toBeGreaterThan(0);
  const page = await pageAs("operator");
  const walk = await openMigration(page, "shipping", { offer: "Move back to embedded" });

  await test.step("the first question is answered before anything else", async () => {
    await expect(
      walk.step("Assess").getByText("Should this service really leave TimeLock?", { exact: true }),
    ).toBeVisible();
    await expect(page.getByText("If a node has only lost its timelock block")).toBeVisible();
    await expect(walk.button("Assess the service")).toHaveAttribute("aria-disabled", "true");
    await walk.attestAll();
    await walk.press("Assess the service", "Stop all clients");
  });

  await test.step("a client that runs blocks, and is said to", async () => {
    await walk.attestAll();
    await expect(walk.button("Confirm that all clients are stopped")).toHaveAttribute(
      "aria-disabled",
      "true",
    );
    await expect(page.getByText(/Somebody is using this service/).first()).toBeVisible();
  });

  await test.step("stopped: two timestamps, a quiet window apart, differ by Lockstep's own alone", async () => {
    await lab.order({ kind: "stop-service", service: "shipping" });
    await walk.pressUntil("Confirm that all clients are stopped", "Take TS and N");
  });

  const kept = BigInt((await lab.store("shipping")).rows[0]?.[0] ?? "0");
  await test.step("TS and N are taken, and every node is configured", async () => {
    await walk.press("Take TS and N", "Configure every node");
    const proof = page.getByRole("region", { name: /^Proof/ });
    await expect(proof.getByText("TimeLock's bound is at most N: proven")).toBeAttached();
    await walk.attestAll();
    await walk.configure(lab, "shipping", "embedded");
    await walk.press("Confirm the configuration of every node", "Others on TimeLock answer");
  });

  await test.step("the others are asked, the bound is set in one write, and proven", async () => {
    await walk.press("Note how the others answer", "Mend the store's bound");
    await walk.press("Set the bound in sandbox_shipping", "Prove the bound");
    const { columns, rows } = await lab.store("shipping");
    expect(columns).toEqual(["last_allocated"]);
    expect(rows).toHaveLength(1);
    await walk.press("Prove the bound", "Start the one node and try it");
    const proof = page.getByRole("region", { name: /^Proof/ });
    await expect(proof.getByText("Proven", { exact: true })).toBeVisible();
  });

  const n = BigInt((await lab.store("shipping")).rows[0]?.[0] ?? "0");
  expect(n).toBeGreaterThan(kept + 2n * BUFFER - 1n);
  expect(n).toBeGreaterThan(BigInt((await lab.service("shipping")).highestIssued ?? "0") + BUFFER);

  await test.step("the one node starts above N, and the watch begins", async () => {
    await lab.order({ kind: "start-service", service: "shipping", configuration: "embedded" });
    await expect.poll(async () => (await lab.service("shipping")).state).toBe("running");
    await page.getByLabel("What was tried").fill("Booked a parcel and read it back.");
    await page.getByRole("button", { name: "Record that it worked" }).click();
    await walk.press("Confirm that the node runs on its own bound", "Watch");
  });

  const after = await lab.service("shipping");
  expect(after.faultCount).toBe(0);
  expect(BigInt(after.highestIssued ?? "0")).toBeGreaterThan(n);
  expect(BigInt((await lab.store("shipping")).rows[0]?.[0] ?? "0")).toBeGreaterThan(n + BUFFER);
  expect((await lab.service("billing")).faultCount).toBe(0);

  await test.step("the inventory says so, and offers the way to TimeLock", async () => {
    await page.goto("/services");
    await page.getByRole("link", { name: "shipping", exact: true }).click();
    await expect(page.getByRole("link", { name: "Move to TimeLock" })).toBeVisible();
    await expect(page.getByRole("link", { name: "Move back to embedded" })).toHaveCount(0);
  });
});
