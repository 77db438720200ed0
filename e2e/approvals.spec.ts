import { type Page, type Request, expect } from "@playwright/test";

import { askConsole, openEmbedded } from "#e2e/fixtures/console-database.ts";
import { type RunningConsole, test } from "#e2e/fixtures/console-test.ts";
import { onNewestPage, teamOf } from "#e2e/fixtures/team.ts";
import { openMigration, type Walk, walkOn } from "#e2e/fixtures/walk.ts";

// The policy of the sandbox is changed here, and other walks rely on it asking nobody.
test.use({ consoleName: "approvals" });

const FORWARD = "Fast-forward TimeLock to TS";
const INVALIDATE = "Invalidate the store's bound";

/** A migration of orders, whose client is stopped. */
async function opened(running: RunningConsole, page: Page): Promise<Walk> {
  await running.lab.order({ kind: "reset" });
  await running.lab.order({ kind: "stop-service", service: "orders" });
  return openMigration(page, "orders");
}

async function walkToForward(walk: Walk): Promise<void> {
  await walk.press("Assess the service", "Stop all clients");
  await walk.attestAll();
  await walk.press("Confirm that all clients are stopped", "Claim the namespace");
  await walk.press("Claim orders", "Take TS");
  await walk.press("Take TS", FORWARD);
}

/** Hears the next server action of a page that carries these words, as somebody on the wire would. */
async function overheard(page: Page, words: string, act: () => Promise<void>): Promise<Request> {
  const heard = page.waitForRequest(
    (one) => one.method() === "POST" && (one.postData() ?? "").includes(words),
  );
  await act();
  return heard;
}

async function replay(page: Page, request: Request): Promise<string> {
  const headers = await request.allHeaders();
  const kept = ["next-action", "content-type", "accept", "origin", "next-router-state-tree"];
  const response = await page.request.post(request.url(), {
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => kept.includes(name))),
    data: request.postData() ?? "",
    maxRedirects: 0,
  });
  return response.text();
}

/** The states of a step's attempts in the order of their making. */
async function attemptsOf(
  { launched }: RunningConsole,
  walk: Walk,
  step: string,
): Promise<readonly string[]> {
  const rows = await askConsole<{ state: string }>(
    launched.dataDir,
    "SELECT state FROM migration_attempt WHERE migration_id = $1 AND step_id = $2 ORDER BY intended_at",
    [walk.address.split("/").at(-1), step],
  );
  return rows.map(({ state }) => state);
}

/** Keeps the store's bound from being written, though not from being read, until the answer is called. */
async function lockBound({ launched }: RunningConsole): Promise<() => Promise<void>> {
  const client = await openEmbedded(launched.dataDir, "sandbox_orders");
  await client.query("BEGIN");
  await client.query("LOCK TABLE public._timestamp IN SHARE MODE");
  return async () => client.end();
}

test("three people: asked, read again, approved by two, raced, replayed, lost and repeated", async ({
  running,
  pageAs,
}) => {
  const team = teamOf(running);
  const [operator, approver, administrator] = await Promise.all([
    pageAs("operator"),
    pageAs("approver"),
    pageAs("administrator"),
  ]);

  await test.step("a policy that nobody can meet is refused beside its field", async () => {
    await administrator.goto("/environments");
    await administrator.getByRole("main").getByRole("link", { name: "Sandbox" }).first().click();
    await administrator.getByRole("link", { name: "Policy and freeze" }).click();
    await administrator.getByRole("link", { name: "Change the policy" }).click();
    const people = administrator
      .getByRole("group", { name: "Steps that are destructive" })
      .getByLabel("People who must approve");
    await people.selectOption("9");
    await administrator.getByLabel("Why it changes").fill("Nobody could");
    await administrator.getByRole("button", { name: "Save the policy" }).click();
    await expect(people).toHaveAttribute("aria-invalid", "true");
    await expect(people).toHaveAccessibleDescription(/never be met/);
    await team.setPolicy(administrator, 2);
    await expect(administrator.getByRole("heading", { name: /2 people besides whoever asks/ })).toBeVisible();
  });

  const walk = await opened(running, operator);
  const forward = await team.ask(operator, walk.address, "fast-forward");
  const invalidate = await team.ask(operator, walk.address, "invalidate");

  await test.step("whoever asked sees what was asked and cannot approve it", async () => {
    await operator.goto(forward);
    await expect(operator.getByText("currentTimestamp=<TS>").first()).toBeVisible();
    await expect(operator.getByRole("button", { name: "Withdraw the request…" })).toBeVisible();
    await expect(operator.getByRole("button", { name: "Approve…" })).toHaveCount(0);
  });

  await test.step("the approver is told, reads the systems alone, and approves with a fresh sign-in", async () => {
    await approver.goto("/");
    await expect(approver.getByRole("link", { name: "Approvals: 2 wait for you" })).toBeVisible();
    await approver.goto(forward);
    await approver.getByRole("button", { name: "Read again myself" }).click();
    await expect(approver.getByRole("region", { name: /^Read by Avery/ })).toContainText("agrees");
    await team.forgetProofs();
    const decision = await overheard(approver, '"approve"', async () => {
      await approver.getByRole("button", { name: "Approve…" }).click();
      await approver.getByRole("button", { name: "Approve this plan" }).click();
    });
    await expect(approver.getByRole("dialog", { name: "Confirm who you are" })).toBeVisible();
    await team.proveIfAsked(approver, "approver");
    await expect(approver.getByText("waiting, 1 of 2")).toBeVisible();
    expect(await replay(approver, decision)).toContain('"ok":false');
    await expect(approver.getByText("waiting, 1 of 2")).toBeVisible();
    await team.approve(approver, "approver", invalidate);
  });

  await operator.goto(walk.address);
  await walkToForward(walk);
  await test.step("one of two is not enough, and the button says so", async () => {
    const button = walk.button("Fast-forward orders");
    await expect(button).toHaveAttribute("aria-disabled", "true");
    await expect(button).toHaveAccessibleDescription(/1 of 2 approved/);
    await expect(operator.getByRole("link", { name: "Approvals 1 of 2" })).toBeVisible();
    await team.approve(administrator, "administrator", forward);
    await expect(administrator.getByText(/^Approved by /)).toBeVisible();
    await team.approve(administrator, "administrator", invalidate);
  });

  await test.step("a lost attempt is settled by reading, and may be repeated under the same approval", async () => {
    await running.lab.order({ kind: "set-fault", fault: "lose-fast-forward-request" });
    await operator.goto(walk.address);
    await walk.pressOnly("Fast-forward orders");
    await team.proveIfAsked(operator, "operator");
    const settled = async () => {
      const settle = operator.getByRole("button", { name: "Read the system again" });
      if (await settle.isVisible()) await settle.click();
      return attemptsOf(running, walk, "fast-forward");
    };
    await expect.poll(settled, { timeout: 60_000 }).toEqual(["not-applied"]);
    await operator.goto(forward);
    await expect(operator.getByRole("region", { name: "Done under this approval" })).toContainText(
      "not applied",
    );
  });

  await test.step("two executors at once: one effect", async () => {
    await operator.goto(walk.address);
    await administrator.goto(walk.address);
    const confirm = async (page: Page) => {
      const button = walkOn(page).button("Fast-forward orders");
      await expect(button).not.toHaveAttribute("aria-disabled", "true", { timeout: 60_000 });
      await button.click();
      return page.getByRole("alertdialog").getByRole("button", { name: "Fast-forward orders" });
    };
    const buttons = [await confirm(operator), await confirm(administrator)];
    const run = await overheard(operator, "fast-forward", async () => {
      await Promise.all(buttons.map(async (button) => button.click()));
    });
    await Promise.all([
      team.proveIfAsked(operator, "operator"),
      team.proveIfAsked(administrator, "administrator"),
    ]);
    await operator.goto(walk.address);
    await expect(walk.step(INVALIDATE)).toBeVisible({ timeout: 60_000 });
    expect(await attemptsOf(running, walk, "fast-forward")).toEqual(["not-applied", "done"]);
    expect(await replay(operator, run)).toContain('"ok":false');
    expect(await attemptsOf(running, walk, "fast-forward")).toEqual(["not-applied", "done"]);
    await operator.goto(forward);
    await expect(operator.getByRole("region", { name: "Done under this approval" })).toContainText("Used up");
  });

  await test.step("a refused attempt may be repeated under the same approval", async () => {
    await operator.goto(walk.address);
    const unlock = await lockBound(running);
    // The session that holds the lock is a foreign one in the store, and is declared like any other.
    await walk.attestAll();
    await walk.pressOnly("Invalidate the bound in sandbox_orders");
    await team.proveIfAsked(operator, "operator");
    await expect.poll(async () => (await attemptsOf(running, walk, "invalidate"))[0]).toBe("failed");
    await unlock();
    await operator.goto(walk.address);
    await walk.pressOnly("Invalidate the bound in sandbox_orders");
    await team.proveIfAsked(operator, "operator");
    await expect(walk.step("See one client fail on its old configuration")).toBeVisible({ timeout: 60_000 });
    expect((await attemptsOf(running, walk, "invalidate")).at(-1)).toBe("done");
    await operator.goto(invalidate);
    const uses = operator.getByRole("region", { name: "Done under this approval" });
    await expect(uses).toContainText("Another session holds a lock");
    await expect(uses).toContainText("Used up");
  });
  await team.abandon(operator, walk.address);
});

test("a rejection, another request, a revoked approver, and both clocks", async ({ running, pageAs }) => {
  const team = teamOf(running);
  const [operator, approver, administrator] = await Promise.all([
    pageAs("operator"),
    pageAs("approver"),
    pageAs("administrator"),
  ]);
  await team.setPolicy(administrator, 1);
  const walk = await opened(running, operator);
  const first = await team.ask(operator, walk.address, "fast-forward");

  await test.step("a rejection needs its reason, and ends the request", async () => {
    await approver.goto(first);
    await approver.getByRole("button", { name: "Reject…" }).click();
    const dialog = approver.getByRole("alertdialog");
    const reject = dialog.getByRole("button", { name: /^Reject / });
    await expect(reject).toHaveAttribute("aria-disabled", "true");
    await dialog.getByLabel("What has to change first").fill("The exporter still writes");
    await reject.click();
    await team.proveIfAsked(approver, "approver");
    await expect(dialog).toBeHidden();
    await operator.goto(first);
    await expect(operator.getByText("The exporter still writes")).toBeVisible();
    await expect(operator.getByText(/Avery Approver rejected this/).first()).toBeVisible();
  });

  const second = await test.step("asked again, another request waits", async () => {
    await operator.getByRole("button", { name: "Ask again…" }).click();
    await operator
      .getByRole("alertdialog")
      .getByRole("button", { name: /^Ask again/ })
      .click();
    await expect(operator).not.toHaveURL(first);
    await expect(operator.getByText("waiting, 0 of 1")).toBeVisible();
    await team.approve(approver, "approver", operator.url());
    await expect(approver.getByText(/^Approved by Avery/)).toBeVisible();
    return operator.url();
  });

  await test.step("the approval of somebody who lost the role does not count, and says why", async () => {
    await administrator.goto("/users");
    await administrator.getByRole("button", { name: /^Revoke approver .* from Avery Approver$/ }).click();
    await administrator
      .getByRole("alertdialog")
      .getByRole("button", { name: /^Revoke / })
      .click();
    await team.proveIfAsked(administrator, "administrator");
    await expect(administrator.getByRole("alertdialog")).toBeHidden();
    await operator.goto(second);
    await expect(operator.getByText("Does not count.")).toBeVisible();
    await expect(operator.getByText("waiting, 0 of 1")).toBeVisible();
    await administrator.getByRole("button", { name: "Actions for Avery Approver" }).click();
    await administrator.getByRole("menuitem", { name: "Grant a role" }).click();
    const dialog = administrator.getByRole("dialog", { name: /^Grant a role/ });
    await dialog.getByLabel("Role").selectOption("approver");
    await dialog.getByLabel("On", { exact: true }).selectOption({ label: "Sandbox" });
    await dialog.getByRole("button", { name: "Grant the role" }).click();
    await team.proveIfAsked(administrator, "administrator");
    await expect(dialog).toBeHidden();
    await operator.reload();
    await expect(operator.getByText(/^Approved by Avery/)).toBeVisible();
  });

  await test.step("approved and not executed in time: over", async () => {
    await team.pass(walk.address, 1441);
    await operator.reload();
    await expect(operator.getByText("The approval was not used in time. Ask again.")).toBeVisible();
  });

  await test.step("asked and not decided in time: over, and nobody can approve", async () => {
    const third = await team.ask(operator, walk.address, "fast-forward");
    await team.pass(walk.address, 1441);
    await approver.goto(third);
    await expect(approver.getByText("Nobody decided in time. Ask again.")).toBeVisible();
    await expect(approver.getByRole("button", { name: "Approve…" })).toHaveCount(0);
  });
  await team.abandon(operator, walk.address);
});

test("a plan that changed after its approval voids it, field by field", async ({ running, pageAs }) => {
  const team = teamOf(running);
  const [operator, approver, administrator] = await Promise.all([
    pageAs("operator"),
    pageAs("approver"),
    pageAs("administrator"),
  ]);
  await team.setPolicy(administrator, 1);
  const walk = await opened(running, operator);
  const request = await team.ask(operator, walk.address, "fast-forward");
  await team.approve(approver, "approver", request);
  await team.asOlderRelease(walk.address);

  await approver.goto(request);
  await expect(
    approver.getByText("The plan has changed since this was asked", { exact: true }),
  ).toBeVisible();
  const changed = approver.getByRole("region", { name: "What changed since it was asked" });
  await expect(changed.getByRole("row").filter({ hasText: /version/i })).toContainText("1");

  await onNewestPage(async () => {
    await operator.goto(walk.address);
    await operator.getByRole("button", { name: "Take the new plan over…" }).click();
    const dialog = operator.getByRole("alertdialog");
    await dialog.getByLabel("Reason").fill("Lockstep was upgraded");
    await dialog.getByRole("button", { name: "Take the new plan over" }).click();
    await expect(dialog).toBeHidden({ timeout: 15_000 });
  });
  await expect(operator.getByRole("region", { name: "Another plan" })).toHaveCount(0);
  await operator.goto(`${walk.address}?step=fast-forward`);
  await expect(operator.getByRole("button", { name: "Ask again…" })).toBeVisible();
  await team.abandon(operator, walk.address);
});

test("a broken glass leaves its mark and is reviewed; a freeze stops what was not begun", async ({
  running,
  pageAs,
}) => {
  const team = teamOf(running);
  const [operator, approver, administrator] = await Promise.all([
    pageAs("operator"),
    pageAs("approver"),
    pageAs("administrator"),
  ]);
  await team.setPolicy(administrator, 1);
  const walk = await opened(running, operator);

  await test.step("the glass asks for a reason, the words and a fresh sign-in, and names who hears of it", async () => {
    await administrator.goto(`${walk.address}?step=fast-forward`);
    await administrator.getByRole("button", { name: "Break the glass…" }).click();
    const dialog = administrator.getByRole("alertdialog");
    await expect(dialog).toContainText("Avery Approver");
    const confirm = dialog.getByRole("button", { name: "Break the glass" });
    await expect(confirm).toHaveAttribute("aria-disabled", "true");
    await dialog.getByLabel("Why it cannot wait").fill("The store is about to fail for good.");
    await dialog
      .getByRole("textbox")
      .last()
      .fill((await dialog.locator("label code").textContent()) ?? "");
    await team.forgetProofs();
    await confirm.click();
    await expect(administrator.getByRole("dialog", { name: "Confirm who you are" })).toBeVisible();
    await team.proveIfAsked(administrator, "administrator");
    await expect(dialog).toBeHidden();
  });

  await test.step("somebody else reviews it", async () => {
    await approver.goto("/approvals");
    await approver.getByRole("button", { name: "Review it…" }).click();
    await approver.getByText("It was justified").click();
    await approver.getByLabel("Why", { exact: true }).fill("The disk was failing indeed.");
    await approver.getByRole("button", { name: "Record the review" }).click();
    await team.proveIfAsked(approver, "approver");
    await expect(approver.getByRole("dialog")).toBeHidden();
    await operator.goto(walk.address);
    await expect(operator.getByText("Reviewed as justified.")).toBeVisible();
  });

  await test.step("frozen: said on dashboard, wizard and migration", async () => {
    await administrator.goto("/environments");
    await administrator.getByRole("main").getByRole("link", { name: "Sandbox" }).first().click();
    await administrator.getByRole("link", { name: "Policy and freeze" }).click();
    await administrator.getByRole("button", { name: "Freeze Sandbox…" }).click();
    await administrator.getByRole("alertdialog").getByLabel("Reason").fill("Quarter end");
    await administrator.getByRole("alertdialog").getByRole("button", { name: "Freeze Sandbox" }).click();
    await expect(administrator.getByRole("button", { name: /^Lift the freeze/ })).toBeVisible();
    for (const address of ["/", walk.address]) {
      await operator.goto(address);
      await expect(operator.getByText("Nothing new starts in Sandbox now")).toBeVisible();
    }
    await operator.goto("/migrations/new");
    await operator.getByLabel("Service").selectOption({ label: "golden" });
    await expect(operator.getByText("Nothing new starts in Sandbox now")).toBeVisible();
  });

  await test.step("the claim waits for the freeze; the unit whose glass was broken does not", async () => {
    await operator.goto(walk.address);
    await walk.press("Assess the service", "Stop all clients");
    await walk.attestAll();
    await walk.press("Confirm that all clients are stopped", "Claim the namespace");
    const claim = walk.button("Claim orders");
    await expect(claim).toHaveAccessibleDescription(/froze/, { timeout: 60_000 });
    await liftFreeze(administrator);
    await walk.press("Claim orders", "Take TS");
    await walk.press("Take TS", FORWARD);
    await administrator.getByRole("button", { name: "Freeze Sandbox…" }).click();
    await administrator.getByRole("alertdialog").getByLabel("Reason").fill("Once more");
    await administrator.getByRole("alertdialog").getByRole("button", { name: "Freeze Sandbox" }).click();
    await expect(administrator.getByRole("button", { name: /^Lift the freeze/ })).toBeVisible();
    await walk.pressOnly("Fast-forward orders");
    await team.proveIfAsked(operator, "operator");
    await expect(walk.step(INVALIDATE)).toBeVisible({ timeout: 60_000 });
    expect(await attemptsOf(running, walk, "fast-forward")).toEqual(["done"]);
    // Other walks of this console begin after this one.
    await liftFreeze(administrator);
  });
});

async function liftFreeze(administrator: Page): Promise<void> {
  await administrator.getByRole("button", { name: /^Lift the freeze/ }).click();
  const dialog = administrator.getByRole("alertdialog");
  await dialog.getByLabel("Reason").fill("It is over");
  await dialog.getByRole("button", { name: /^Lift the freeze/ }).click();
  await expect(administrator.getByRole("button", { name: "Freeze Sandbox…" })).toBeVisible();
}
