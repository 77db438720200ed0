import { type Locator, type Page, expect } from "@playwright/test";

import { askConsole, openEmbedded } from "#e2e/fixtures/console-database.ts";
import { type RunningConsole, test } from "#e2e/fixtures/console-test.ts";
import { judge } from "#e2e/fixtures/judge.ts";
import { killProcess, pidOf } from "#e2e/fixtures/processes.ts";
import { teamOf } from "#e2e/fixtures/team.ts";
import { mayBePressed, walkOn } from "#e2e/fixtures/walk.ts";

// The policy of the sandbox is changed here too, so this walk shares the console of the approvals.
test.use({ consoleName: "approvals" });

const THERE = "sandbox_archive_new";
const PLANTED = "planted by the walk";
const PAGE_7 = "row_name = 'loaded-000000007'";

/** Asks the new store itself, behind the console's back. */
async function inNewStore(
  { launched }: RunningConsole,
  sql: string,
): Promise<readonly Record<string, unknown>[]> {
  const client = await openEmbedded(launched.dataDir, THERE);
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** The wizard from the service's page to the open migration. */
async function planned(page: Page): Promise<void> {
  await page.goto("/services");
  await page.getByRole("link", { name: "archive", exact: true }).click();
  await page.getByRole("link", { name: "Move to another store" }).click();
  const own = page.getByRole("radio", { name: "sandbox_archive", exact: true });
  await expect(own).toBeDisabled();
  await expect(page.getByText("archive is in this store now.")).toBeVisible();
  await expect(page.getByText("billing keeps its data here, and the setup drops tables.")).toBeVisible();
  await page.getByText(THERE, { exact: true }).click();
  await expect(page.getByRole("radio", { name: THERE })).toBeChecked();
  await page.getByRole("button", { name: "Read the systems" }).click();
  await expect(page.getByRole("region", { name: "Tables of the plan" })).toContainText("archive.documents");
  const open = page.getByRole("button", { name: "Open the migration of archive" });
  await mayBePressed(open);
  await open.click();
  await expect(page).toHaveURL(/\/migrations\/[0-9a-f-]{36}$/);
}

/** Sets how many cells a second all workers may copy; blank is no limit. */
async function setSpeed(page: Page, cells: string): Promise<void> {
  await page.getByLabel("Cells a second").fill(cells);
  await page.getByRole("button", { name: "Set the speed" }).click();
  await expect(page.getByRole("region", { name: "Speed", exact: true })).toContainText(
    cells === "" ? "no limit" : "at most",
  );
}

/** Where the page of a copy says in words how it stands. */
function progress(page: Page): Locator {
  return page.getByRole("region", { name: "Progress", exact: true });
}

test("a store is moved, whatever happens to browser, worker and data on the way", async ({
  pageAs,
  running,
}) => {
  const { lab, launched } = running;
  const team = teamOf(running);
  await team.setPolicy(await pageAs("administrator"), 1);
  await lab.order({ kind: "reset" });
  const page = await pageAs("operator");
  await planned(page);
  const walk = walkOn(page);

  await test.step("assess, declare the backups, stop the client", async () => {
    await walk.press("Assess both stores", "Declare the backups");
    const notes = page.getByLabel(/^Note on There is a backup of /);
    await expect(notes).toHaveCount(2);
    const today = new Date().toISOString().slice(0, 10);
    for (const note of await notes.all()) await note.fill(`taken ${today}, restored once`);
    await walk.attestAll();
    await walk.press("Confirm both backups", "Stop all clients");
    await lab.order({ kind: "stop-service", service: "archive" });
    await walk.attestAll();
    await walk.press("Confirm that all clients are stopped", "Set the destination up");
  });

  await test.step("the setup waits for somebody who sees what becomes of each table", async () => {
    await expect(page.getByText("The tables are being read.")).toBeHidden();
    const request = await team.ask(page, walk.address, "set-up");
    const approver = await pageAs("approver");
    await approver.goto(request);
    await expect(approver.getByRole("region", { name: "What becomes of the tables" })).toContainText(
      "archive.documents",
    );
    await team.approve(approver, "approver", request);
    await team.approve(approver, "approver", await team.ask(page, walk.address, "raise"));
    await page.goto(walk.address);
    // The policy of this console wants a proof of the last five minutes, and others have walked here before.
    await team.renewProofs();
    await walk.press(`Drop and create the tables of ${THERE}`, "Take S and C");
    await walk.press(`Take S and C, and commit them in ${THERE}`, "Copy every cell");
  });

  const worker = (await pidOf(launched.dataDir, "worker")) ?? 0;
  await test.step("slowed down, paused, resumed, with the browser closed meanwhile", async () => {
    // Nobody takes the ranges before there was time to set a speed.
    process.kill(worker, "SIGSTOP");
    try {
      await walk.pressOnly(`Copy into ${THERE}`);
      await page.getByRole("link", { name: "Go to the copy" }).click();
      await setSpeed(page, "700");
    } finally {
      process.kill(worker, "SIGCONT");
    }
    await expect(progress(page)).toContainText("Copying, ", { timeout: 60_000 });
    await expect(page.getByText("What a pause costs")).toBeVisible();
    await page.getByRole("button", { name: "Pause the copy" }).click();
    await expect(progress(page)).toContainText("Paused, ", { timeout: 60_000 });
    const copy = page.url();
    await page.close();

    const reopened = await pageAs("operator");
    await reopened.goto(copy);
    await expect(progress(reopened)).toContainText("Paused, ");
    await judge(reopened, "the page of a copy");
    await reopened.getByRole("button", { name: "Resume the copy" }).click();
    await expect(progress(reopened)).toContainText("Copying, ", { timeout: 60_000 });
    await expect(reopened.getByRole("list", { name: "What happened during the run" })).toContainText(
      "Paused by",
    );
    await reopened.close();
  });

  const later = await pageAs("operator");
  await test.step("the worker is killed in the middle, and another goes on", async () => {
    await later.goto(`${walk.address}/copy`);
    await killProcess(launched.dataDir, "worker");
    await expect.poll(async () => pidOf(launched.dataDir, "worker"), { timeout: 60_000 }).not.toBe(null);
    // The lease of the dead worker runs out, as it would by itself.
    await askConsole(
      launched.dataDir,
      "UPDATE mover_shard SET lease_until = clock_timestamp() - interval '1 second' WHERE state = 'held'",
    );
    await setSpeed(later, "");
    await expect(progress(later)).toContainText(/All \d+ tables are copied\./, { timeout: 90_000 });
  });

  let original = "";
  await test.step("one planted difference keeps the hand-over from happening", async () => {
    const again = walkOn(later);
    await later.goto(walk.address);
    await expect(again.step("Compare every cell")).toBeVisible({ timeout: 60_000 });
    const [cell] = await inNewStore(
      running,
      `SELECT encode(val, 'hex') AS val FROM archive__documents WHERE ${PAGE_7}`,
    );
    original = String(cell?.["val"]);
    await inNewStore(running, `UPDATE archive__documents SET val = '${PLANTED}' WHERE ${PAGE_7}`);
    await again.pressOnly(`Compare ${THERE} with sandbox_archive`);
    // A press that was not answered yet is not to be left behind.
    const begun = later.getByRole("link", { name: "Go to the comparison" });
    const ended = later.getByRole("region", { name: "Attempts" }).getByText(/differ/);
    await expect(begun.or(ended).first()).toBeVisible();
    await later.goto(`${walk.address}/comparison`);
    await expect(later.getByText("1 cell differs, so nothing is handed over")).toBeVisible({
      timeout: 60_000,
    });
    const differences = later.getByRole("region", { name: "Cells that differ" });
    await expect(differences).toContainText("loaded-000000007");
    await expect(differences).toContainText(PLANTED);
    await expect(differences).toContainText("page 7 of the archive");
    await judge(later, "the page of a comparison");
    await later.getByRole("radio", { name: "Hex" }).click();
    await expect(differences).toContainText(Buffer.from(PLANTED).toString("hex"));
    const saved = await later.request.get(
      `${new URL(walk.address).pathname.replace("/migrations", "/api/migrations")}/differences/csv`,
    );
    expect(await saved.text()).toContain(Buffer.from(PLANTED).toString("hex"));
  });

  await test.step("mended and compared again, it is handed over", async () => {
    await inNewStore(
      running,
      `UPDATE archive__documents SET val = decode('${original}', 'hex') WHERE ${PAGE_7}`,
    );
    const again = walkOn(later);
    await later.goto(walk.address);
    await expect(later.getByRole("region", { name: "Attempts" })).toContainText(/differ/, {
      timeout: 60_000,
    });
    await again.pressOnly(`Compare ${THERE} with sandbox_archive`);
    await expect(again.step("Hand over")).toBeVisible({ timeout: 90_000 });
    await again.press(`Hand ${THERE} over`, "Configure every node");
    await later.goto(`${walk.address}/comparison`);
    await expect(later.getByText("No cell differs")).toBeVisible();
  });

  await test.step("the client starts in the new store, above C", async () => {
    const again = walkOn(later);
    await later.goto(walk.address);
    await again.configure(lab, "archive", "moved");
    await again.press("Confirm the configuration of every node", "Invalidate the source's bound");
    await again.press("Invalidate the bound in sandbox_archive", "Start the clients and try them");
    await lab.order({ kind: "start-service", service: "archive", configuration: "moved" });
    await expect.poll(async () => (await lab.service("archive")).state).toBe("running");
    await later.getByLabel("What was tried").fill("Read page 7 and wrote another.");
    await later.getByRole("button", { name: "Record that it worked" }).click();
    await again.press(`Confirm that clients run on ${THERE}`, "Watch the source");
    expect((await lab.service("archive")).faultCount).toBe(0);
  });
});
