import { expect } from "@playwright/test";

import { test } from "#e2e/fixtures/console-test.ts";
import { judge, settled } from "#e2e/fixtures/judge.ts";
import { pageRoutes } from "#e2e/fixtures/entry-points.ts";
import { PAGES } from "#e2e/fixtures/page-table.ts";
import { filled, findWorld } from "#e2e/fixtures/world.ts";

test("every page has an address under which it is looked at", () => {
  expect(pageRoutes().toSorted()).toEqual(Object.keys(PAGES).toSorted());
});

test("every page is accessible in light and dark, and fits a phone", async ({ running, pageAs }) => {
  const world = await findWorld(running.launched.dataDir);
  const page = await pageAs("administrator");
  for (const visits of Object.values(PAGES).flatMap(({ signedOut, visits }) => (signedOut ? [] : [visits]))) {
    for (const visit of visits) {
      const address = filled(visit, world);
      await page.goto(address);
      await settled(page);
      await judge(page, address);
    }
  }
});

test("the pages before signing in are accessible too", async ({ browser, running }) => {
  const context = await browser.newContext({ baseURL: running.launched.url });
  const page = await context.newPage();
  for (const { visits } of Object.values(PAGES).filter(({ signedOut }) => signedOut)) {
    for (const address of visits) {
      await page.goto(address);
      await settled(page);
      await judge(page, address);
    }
  }
  await context.close();
});

test("somebody without any grant sees what that means, not an empty console", async ({ pageAs }) => {
  const page = await pageAs("ungranted");
  for (const address of ["/", "/services", "/sandbox", "/users", "/audit"]) {
    await page.goto(address);
    await settled(page);
    await expect.soft(page.getByText(/role|grant|administrator/i).first(), address).toBeVisible();
    await judge(page, `${address} without a grant`);
  }
});

test("the keyboard alone reaches the content and the first button", async ({ pageAs }) => {
  const page = await pageAs("operator");
  await page.goto("/sandbox");
  await settled(page);
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.locator("#content")).toBeFocused();
  await page.keyboard.press("Tab");
  const focused = await page.evaluate(() => document.activeElement?.closest("#content") !== null);
  expect(focused).toBe(true);
});
