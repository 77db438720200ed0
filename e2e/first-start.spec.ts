import { expect } from "@playwright/test";

import { ADMINISTRATOR, test } from "#e2e/fixtures/console-test.ts";
import { judge, settled } from "#e2e/fixtures/judge.ts";

test("the one-time link makes the administrator, who is then signed in, and works once", async ({
  browser,
  pageAs,
  running,
}) => {
  const page = await pageAs("administrator");
  await page.goto("/");
  await expect(
    page.getByRole("button", { name: new RegExp(`signed in as ${ADMINISTRATOR.name}`) }),
  ).toBeVisible();
  const stranger = await browser.newContext();
  const second = await stranger.newPage();
  await second.goto(running.launched.setupLink ?? "");
  await expect(second.getByText("This link does not work any more")).toBeVisible();
  await second.goto(`${running.launched.url}/services`);
  await expect(second).toHaveURL(/\/sign-in\?next=%2Fservices$/);
  await second.getByLabel("E-mail address").fill(ADMINISTRATOR.email);
  await second.getByLabel("Password", { exact: true }).fill("not the password");
  await second.getByRole("button", { name: "Sign in" }).click();
  await expect(second.getByRole("alert").filter({ hasText: /\S/ }).first()).toBeVisible();
  await expect(second.getByLabel("E-mail address")).toHaveValue(ADMINISTRATOR.email);
  await second.getByLabel("Password", { exact: true }).fill(ADMINISTRATOR.password);
  await second.getByRole("button", { name: "Sign in" }).click();
  await expect(second).toHaveURL(`${running.launched.url}/services`);
  await stranger.close();
});

test("a console without migrations says what belongs there", async ({ pageAs }) => {
  const page = await pageAs("operator");
  for (const address of ["/", "/migrations"]) {
    await page.goto(address);
    await settled(page);
    await judge(page, `${address}, empty`);
  }
  await expect(page.getByRole("link", { name: /migration/i }).first()).toBeVisible();
});
