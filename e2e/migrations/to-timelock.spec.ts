import { type Page, expect } from "@playwright/test";

import { askConsole } from "#e2e/fixtures/console-database.ts";
import { test } from "#e2e/fixtures/console-test.ts";
import { mayBePressed, openMigration, walkOn } from "#e2e/fixtures/walk.ts";

const KEPT = "1010001";

/** A tab that learns nothing new: its live answers repeat the last one, as fresh as ever. */
async function freezeLive(page: Page): Promise<void> {
  const last = await page.waitForResponse(/\/api\/migrations\/[^/]+\/live$/);
  const body = (await last.json()) as Record<string, unknown>;
  await page.route(/\/api\/migrations\/[^/]+\/live$/, async (route) =>
    route.fulfill({ json: { ...body, at: new Date().toISOString() } }),
  );
}

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
    await mayBePressed(elsewhere.button("Claim orders"));
    await freezeLive(other);
    await elsewhere.button("Claim orders").click();
    const dialog = other.getByRole("alertdialog");
    await dialog.getByRole("textbox").fill("orders");
    await walk.press("Claim orders", "Take TS");
    await dialog.getByRole("button", { name: "Claim orders" }).click();
    await expect(dialog.getByRole("alert")).toContainText("Close this dialog to see the new state");
    await expect(dialog.getByRole("textbox")).toHaveValue("orders");
    await other.unrouteAll();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await expect(elsewhere.step("Take TS")).toBeVisible();
    expect((await other.getByRole("link", { name: /Claim the namespace/ }).textContent()) ?? "").toContain(
      "done",
    );
  });

  const bound = (await lab.store("orders")).rows[0]?.[0] ?? "";
  await test.step("take TS, fast-forward, invalidate, prove", async () => {
    await walk.press("Take TS", "Fast-forward TimeLock to TS");
    await walk.press("Fast-forward orders", "Invalidate the store's bound");
    await walk.press(
      "Invalidate the bound in sandbox_orders",
      "See one client fail on its old configuration",
    );
    expect(await lab.store("orders")).toMatchObject({ columns: ["legacy_last_allocated"], rows: [[bound]] });
    const proof = page.getByRole("region", { name: /^Proof/ });
    await expect(proof.getByText("Proven", { exact: true })).toBeVisible();
    await expect(proof.getByText("forward to is less than fresh: proven")).toBeAttached();
  });

  await test.step("the old configuration fails on the missing column", async () => {
    await lab.order({ kind: "start-service", service: "orders", configuration: "embedded" });
    await expect.poll(async () => (await lab.service("orders")).state, { timeout: 60_000 }).toBe("failed");
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

  await test.step("the audit log proves what happened, and its chain holds", async () => {
    const auditor = await pageAs("administrator");
    await auditor.goto(walk.address);
    await auditor.getByRole("link", { name: "All of it in the audit log" }).click();
    const entries = auditor.getByRole("region", { name: /^Audit entries/ });
    for (const words of [
      "started a migration",
      "attested",
      "ran a step",
      "submitted a configuration",
      "recorded a smoke test",
    ]) {
      await expect(
        entries.getByRole("row", { name: new RegExp(`Olive Operator ${words}`) }).first(),
      ).toBeVisible();
    }
    const recorded = await askConsole<{ outcome: string }>(
      running.launched.dataDir,
      "SELECT outcome::text FROM audit.entry WHERE migration_id = $1 AND outcome IS NOT NULL",
      [walk.address.split("/").at(-1)],
    );
    const withBound = recorded.filter(({ outcome }) => outcome.includes(bound));
    expect(withBound.length, "entries that name the value that was carried over").toBeGreaterThan(0);
    await auditor.goto("/audit");
    await auditor.getByRole("button", { name: "Verify the chain" }).click();
    await expect(auditor.getByText(/^All \d+ entries hold together$/)).toBeVisible();
  });
});
