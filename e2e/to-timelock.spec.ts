import { expect } from "@playwright/test";

import { test } from "#e2e/fixtures/console-test.ts";
import { openMigration, walkOn } from "#e2e/fixtures/walk.ts";

const KEPT = "1010001";

test("the sandbox's service walks to TimeLock: clients running, a stale tab, and the proof", async ({
  pageAs,
  running,
}) => {
  const { lab } = running;
  await lab.order({ kind: "reset" });
  await expect.poll(async () => (await lab.service("orders")).commits).toBeGreaterThan(0);
  const page = await pageAs("operator");
  const walk = await openMigration(page, "orders");

  await test.step("assess while the service runs", async () => {
    await walk.press("Assess the service", "Stop all clients");
  });

  await test.step("clients still running: blocked, and said why", async () => {
    await walk.attestAll();
    const confirm = walk.button("Confirm that all clients are stopped");
    await expect(confirm).toHaveAttribute("aria-disabled", "true");
    await expect(page.getByText(/moving/i).first()).toBeVisible();
    await confirm.click({ force: true });
    await expect(walk.step("Stop all clients")).toBeVisible();
  });

  await test.step("stopped in the sandbox, the proof comes by itself", async () => {
    const sandbox = await pageAs("operator");
    await sandbox.goto("/sandbox");
    await sandbox.getByRole("button", { name: "Stop orders-1" }).click();
    await expect(sandbox.getByRole("button", { name: "Start orders-1" })).toBeVisible();
    await walk.press("Confirm that all clients are stopped", "Claim the namespace");
  });

  await test.step("a stale tab gets a clear message and loses nothing", async () => {
    const other = await pageAs("operator");
    await other.goto(walk.address);
    const elsewhere = walkOn(other);
    await expect(elsewhere.step("Claim the namespace")).toBeVisible();
    await elsewhere.button("Claim orders").click();
    const dialog = other.getByRole("alertdialog");
    await dialog.getByRole("textbox").fill("orders");
    await walk.press("Claim orders", "Take TS");
    await dialog.getByRole("button", { name: "Claim orders" }).click();
    await expect(other.getByText(/changed|moved|meanwhile|new state|already/i).first()).toBeVisible();
    await other.reload();
    await expect(elsewhere.step("Take TS")).toBeVisible();
  });

  const bound = (await lab.store("orders")).rows[0]?.[0] ?? "";
  await test.step("take TS, fast-forward, invalidate, prove", async () => {
    await walk.press("Take TS", "Fast-forward TimeLock to TS");
    await walk.press("Fast-forward orders", "Invalidate the store's bound");
    await walk.press("Invalidate the bound in sandbox_orders", "See one client fail on its old configuration");
    expect(await lab.store("orders")).toMatchObject({ columns: ["legacy_last_allocated"], rows: [[bound]] });
    await expect(page.getByRole("region", { name: /^Proof/ }).getByText("holds")).not.toHaveCount(0);
  });

  await test.step("the old configuration fails on the missing column", async () => {
    await lab.order({ kind: "start-service", service: "orders", configuration: "embedded" });
    await expect.poll(async () => (await lab.service("orders")).state, { timeout: 15_000 }).toBe("failed");
    expect((await lab.service("orders")).detail).toContain("last_allocated");
    await lab.order({ kind: "stop-service", service: "orders" });
    await walk.attestAll();
    await walk.press("Record that it failed", "Configure every node");
  });

  await test.step("configure, start, try, and the watch begins", async () => {
    await walk.configure(lab, "orders");
    await walk.press("Confirm the configuration of every node", "Start the clients and try them");
    const sandbox = await pageAs("operator");
    await sandbox.goto("/sandbox");
    const orders = sandbox.getByRole("region", { name: "orders", exact: true });
    await orders
      .getByLabel("Configuration of orders-1")
      .selectOption({ label: "TimeLock, namespace orders" });
    await orders.getByRole("button", { name: "Start orders-1" }).click();
    await expect(orders.getByText("Running")).toBeVisible();
    await page.getByLabel("What was tried").fill("Placed an order and read it back.");
    await page.getByRole("button", { name: "Record that it worked" }).click();
    await walk.press("Confirm that clients run on TimeLock", "Watch");
  });

  const after = await lab.service("orders");
  expect(after.faultCount).toBe(0);
  expect(BigInt(after.highestIssued ?? "0")).toBeGreaterThan(BigInt(bound));
  expect(BigInt(bound)).toBeGreaterThan(BigInt(KEPT));
});

test("the audit log proves what happened, and the chain is whole", async ({ pageAs }) => {
  const page = await pageAs("administrator");
  await page.goto("/audit");
  await expect(page.getByText("Fast-forward", { exact: false }).first()).toBeVisible();
  await page.getByRole("button", { name: /verify/i }).click();
  await expect(page.getByText(/whole|unbroken|intact|verified/i).first()).toBeVisible();
});
