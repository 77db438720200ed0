import { expect } from "@playwright/test";

import { test } from "#e2e/fixtures/console-test.ts";

test("an operator stops and starts a service, breaks TimeLock, mends it and resets", async ({
  pageAs,
  running,
}) => {
  const page = await pageAs("operator");
  await page.goto("/sandbox");
  await expect(page.getByRole("heading", { level: 1, name: "Sandbox" })).toBeVisible();
  const orders = page.getByRole("region", { name: "orders" });
  await expect(orders.getByText("Running")).toBeVisible();
  await expect(orders.getByText(/All \d+ in order/)).toBeVisible();

  await orders.getByRole("button", { name: "Stop orders-1" }).click();
  await expect(orders.getByText("Stopped")).toBeVisible();
  expect((await running.lab.service("orders")).state).toBe("stopped");

  await page.getByRole("button", { name: "Stop tl-2" }).click();
  await expect(page.getByRole("button", { name: "Start tl-2" })).toBeVisible();
  await page.getByRole("button", { name: "Start tl-2" }).click();
  await expect(page.getByRole("button", { name: "Stop tl-2" })).toBeVisible();

  await page.getByRole("button", { name: /Cut the nodes apart/ }).click();
  await expect(page.getByText("No quorum")).toBeVisible();
  await expect(page.getByRole("region", { name: "billing" }).getByText("Waiting")).toBeVisible();
  await page.getByRole("button", { name: /Reconnect the nodes/ }).click();
  await expect(page.getByText("Has quorum")).toBeVisible();
  await expect(page.getByRole("region", { name: "billing" }).getByText("Running")).toBeVisible();

  await page.getByRole("button", { name: "Reset the sandbox" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Reset the sandbox" });
  await dialog.getByRole("button", { name: "Reset the sandbox" }).click();
  await expect(dialog).toBeHidden();
  await expect(orders.getByText("Running")).toBeVisible();
});

test("a viewer looks but gives no orders", async ({ pageAs, running }) => {
  const page = await pageAs("viewer");
  await page.goto("/sandbox");
  await expect(page.getByText("You can look.", { exact: false })).toBeVisible();
  await page.getByRole("button", { name: "Stop billing-1" }).click({ force: true });
  await page.waitForTimeout(500);
  expect((await running.lab.service("billing")).state).toBe("running");
});
