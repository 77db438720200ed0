import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "@playwright/test";

import { askConsole } from "#e2e/fixtures/console-database.ts";
import { test } from "#e2e/fixtures/console-test.ts";

type Received = { readonly headers: IncomingHttpHeaders; readonly body: string };

/** A receiver of webhooks on this machine that answers with `status`. */
async function startReceiver() {
  const received: Received[] = [];
  const receiver = { received, status: 500, url: "", close: async () => {} };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
      response.writeHead(receiver.status).end("said the receiver");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/not-to-be-seen`;
  receiver.close = async () => {
    server.closeAllConnections();
    await new Promise((done) => {
      server.close(done);
    });
  };
  return receiver;
}

/** Writes an event down as the product does in its own transactions; the worker takes it from there. */
async function writeEvent(dataDir: string): Promise<void> {
  await askConsole(
    dataDir,
    `INSERT INTO notification_event (id, key, kind, environment_id, actor, addressed, words)
     SELECT gen_random_uuid(), 'walk ' || gen_random_uuid(), 'incident-opened', id, '{"kind":"worker","id":"walk"}',
       '{"people":[],"roles":[]}', 'The bound can be read again.' FROM environment WHERE sandbox`,
  );
}

test("an administrator adds a signed webhook, sees why it fails, and follows a delivery", async ({
  pageAs,
}) => {
  const receiver = await startReceiver();
  const page = await pageAs("administrator");
  await page.goto("/notifications/new");
  await page.getByLabel("Kind").selectOption("Webhook, signed");
  await page.getByLabel("Name").fill("Walked webhook");
  await page.getByLabel("Address").fill(receiver.url);
  await page.getByRole("button", { name: "Add channel" }).click();
  const secret = (await page.getByText(/^lswh_/).textContent()) ?? "";
  await page.getByRole("link", { name: "Go on to the channel" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Walked webhook" })).toBeVisible();
  await expect(page.getByText("not-to-be-seen")).toHaveCount(0);

  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText("answered 500", { exact: false }).first()).toBeVisible();
  await page.getByRole("link", { name: "Show in the delivery log" }).click();
  await expect(page.getByRole("region", { name: "Tries" }).getByText("Not delivered")).toBeVisible();

  receiver.status = 200;
  await page.goBack();
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText("answered 200", { exact: false }).first()).toBeVisible();
  const last = receiver.received.at(-1);
  const [, at = "", mac = ""] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(last?.headers["lockstep-signature"])) ?? [];
  expect(mac).toBe(
    createHmac("sha256", secret)
      .update(`${at}.${last?.body ?? ""}`)
      .digest("hex"),
  );
  expect(await page.content()).not.toContain(secret);

  await page.getByRole("button", { name: "Switch off" }).click();
  await expect(page.getByRole("button", { name: "Switch on" })).toBeVisible();
  await page.goto("/notifications/deliveries?kind=test&state=delivered");
  await expect(page.getByRole("link", { name: "Walked webhook" })).toHaveCount(1);
  await receiver.close();
});

test("the worker tells a webhook of an incident, and a delivery that was given up is tried again", async ({
  pageAs,
  running,
}) => {
  const receiver = await startReceiver();
  receiver.status = 410;
  const page = await pageAs("administrator");
  await page.goto("/notifications/new");
  await page.getByLabel("Kind").selectOption("Slack and compatible");
  await page.getByLabel("Name").fill("Walked Slack");
  await page.getByLabel("Address").fill(receiver.url);
  await page.getByRole("button", { name: "All", exact: true }).click();
  await page.getByRole("button", { name: "Add channel" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Walked Slack" })).toBeVisible();

  await writeEvent(running.launched.dataDir);
  const row = page.getByRole("row").filter({ hasText: "Given up" });
  await expect(async () => {
    await page.reload();
    await expect(row).toHaveCount(1, { timeout: 3_000 });
  }).toPass({ timeout: 120_000 });
  await row.getByRole("link", { name: "Incident opened" }).click();
  receiver.status = 200;
  await page.getByRole("button", { name: "Try again now" }).click();
  await expect(async () => {
    await page.reload();
    const delivery = page.getByRole("region", { name: "Delivery" });
    await expect(delivery.getByText("Delivered")).toBeVisible({ timeout: 3_000 });
  }).toPass({ timeout: 120_000 });
  expect(receiver.received).toHaveLength(2);
  expect(new Set(receiver.received.map(({ headers }) => headers["lockstep-delivery"])).size).toBe(1);
  await page.getByRole("link", { name: "Walked Slack" }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Remove the channel Walked Slack" });
  await dialog.getByRole("button", { name: "Remove the channel Walked Slack" }).click();
  await expect(page).toHaveURL(/\/notifications$/);
  await expect(page.getByRole("link", { name: "Walked Slack" })).toHaveCount(0);
  await receiver.close();
});

test("everybody says for themselves what they are sent, and sees no channel without the role", async ({
  pageAs,
}) => {
  const page = await pageAs("viewer");
  await page.goto("/notifications");
  await expect(page).toHaveURL(/\/notifications\/preferences$/);
  await expect(page.getByLabel("Incident opened")).toBeDisabled();
  await page.getByLabel("Approved", { exact: true }).uncheck();
  await page.getByRole("button", { name: "Save what I am sent" }).click();
  await expect(page.getByText("Saved.").first()).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Approved", { exact: true })).not.toBeChecked();
  await expect(page.getByLabel("Rejected", { exact: true })).toBeChecked();
  await page.goto("/notifications/deliveries");
  await expect(page.getByText("needs the role administrator or auditor", { exact: false })).toBeVisible();
});
