import { expect, type Locator, type Page } from "@playwright/test";

import { askConsole } from "#e2e/fixtures/console-database.ts";
import { test } from "#e2e/fixtures/console-test.ts";
import { judge, settled } from "#e2e/fixtures/judge.ts";
import { openMigration } from "#e2e/fixtures/walk.ts";

// It leaves new inventory and an open migration behind.
test.use({ consoleName: "import" });

const PASSWORD = "never-to-be-seen-4711";

const INSTALL = `# the shop's install file
server: {applicationConnectors: [{type: https, port: 8443}]}
services:
  shop:
    atlas:
      namespace: shop
      keyValueService:
        type: relational
        namespace: shop
        ddl: {type: postgres, tablePrefix: shop_}
        connection:
          type: postgres
          host: db-7.example.com
          port: 5433
          dbName: shopdb
          dbLogin: shop_owner
          dbPassword: ${PASSWORD}
      timelock:
        client: shop
        serversList:
          servers:
            - https://timelock-1.example.com:8421/timelock/api
            - https://timelock-2.example.com:8421/timelock/api
          sslConfiguration:
            trustStorePath: var/security/truststore.jks
`;

const install = (page: Page, node: number): Locator =>
  page.getByLabel(`Install file of node ${node}`, { exact: true });
const rowOf = (page: Page, table: string, label: string): Locator =>
  page.getByRole("region", { name: table }).getByRole("row").filter({ hasText: label }).first();

test("an administrator imports a service with its store and cluster, and uses them again", async ({
  pageAs,
  running,
}) => {
  const page = await pageAs("administrator");
  await page.goto("/services");
  await page.getByRole("link", { name: "Import from configuration" }).click();
  await expect(
    page.getByRole("heading", { level: 1, name: "Import from AtlasDB configuration" }),
  ).toBeVisible();

  await install(page, 1).fill("atlasdb:\n  namespace: 'shop\n");
  await page.getByRole("button", { name: "Read the files" }).click();
  await expect(page.getByText(/Line \d+, column \d+/)).toBeVisible();
  await expect(install(page, 1)).toBeFocused();
  await expect(install(page, 1)).toHaveValue("atlasdb:\n  namespace: 'shop\n");

  await page
    .locator("input[type=file]")
    .first()
    .setInputFiles({ name: "install.yml", mimeType: "text/plain", buffer: Buffer.from(INSTALL) });
  await page.getByRole("button", { name: "Read the files" }).click();
  await expect(page.getByText("Step 2 of 2", { exact: false })).toBeVisible();
  await expect(rowOf(page, "Store in the files", "Host")).toContainText("db-7.example.com");
  await expect(rowOf(page, "Store in the files", "Host")).toContainText("node-1, install file, line 13");
  await expect(rowOf(page, "Store in the files", "Password")).toContainText("Read, not shown");
  await expect(rowOf(page, "TimeLock cluster in the files", "Node 2")).toContainText("line 23");
  await expect(page.getByText("keytool -list", { exact: false })).toBeAttached();
  expect(await page.locator("main").innerText()).not.toContain(PASSWORD);

  const name = page.getByLabel("Name of the service");
  await name.fill("shop of the walk");
  await page.getByRole("button", { name: "Back to the files" }).click();
  await expect(install(page, 1)).toHaveValue(INSTALL);
  await page.getByRole("button", { name: "Read the files" }).click();
  await expect(name).toHaveValue("shop of the walk");

  const added = page.getByRole("radio", { name: "Add a new store" });
  if ((await added.count()) > 0) await expect(added).toBeChecked();
  await page.getByRole("region", { name: "Store", exact: true }).getByLabel("Name of the store").fill("");
  await page.getByRole("button", { name: "Import the service" }).click();
  await expect(page.getByText("Enter a name.")).toBeVisible();
  await page.getByLabel("Name of the store").fill("shopdb of the walk");
  await page.getByRole("button", { name: "Import the service" }).click();
  await expect(page).toHaveURL(/\/services\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { level: 1, name: "shop of the walk" })).toBeVisible();

  const rows = await askConsole(
    running.launched.dataDir,
    "SELECT canonical_text AS text FROM audit.entry WHERE action IN ('import-service', 'create-store', 'create-cluster', 'create-service')",
  );
  expect(JSON.stringify(rows)).toContain("import-service");
  expect(JSON.stringify(rows)).not.toContain(PASSWORD);

  await page.goto("/services/import");
  await install(page, 1).fill(INSTALL);
  await page.getByRole("button", { name: "Read the files" }).click();
  await expect(page.getByText("The inventory has this store or sequence already")).toBeVisible();
  await expect(page.getByRole("radio", { name: "Use a store that is there already" })).toBeChecked();
  await expect(
    page.getByRole("radio", { name: "Use a TimeLock cluster that is there already" }),
  ).toBeChecked();
});

test("files that AtlasDB would refuse are recorded only with a tick, and nodes are compared", async ({
  pageAs,
}) => {
  const page = await pageAs("administrator");
  await page.goto("/services/import");
  await install(page, 1).fill(INSTALL);
  await page.getByRole("button", { name: "Add node" }).click();
  await install(page, 2).fill(INSTALL.replace("shopdb", "another"));
  await page.getByRole("button", { name: "Read the files" }).click();
  await expect(page.getByText("node-2 says another, node-1 says shopdb", { exact: false })).toBeVisible();
  const save = page.getByRole("button", { name: "Import the service" });
  await expect(save).toHaveAttribute("aria-disabled", "true");
  await page.getByLabel("Record the service although", { exact: false }).check();
  await expect(save).not.toHaveAttribute("aria-disabled", "true");
});

test("the review is accessible in light and dark, and fits a phone", async ({ pageAs }, testInfo) => {
  const page = await pageAs("administrator");
  await page.goto("/services/import");
  await settled(page);
  await page.screenshot({ path: testInfo.outputPath("import-files.png"), fullPage: true });
  await install(page, 1).fill(`${INSTALL}      lock: {servers: [a]}\n`);
  await page.getByRole("button", { name: "Read the files" }).click();
  await expect(page.getByText("Step 2 of 2", { exact: false })).toBeVisible();
  await judge(page, "the review of an import");
  for (const scheme of ["light", "dark"] as const) {
    for (const width of [1440, 390]) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: testInfo.outputPath(`import-${scheme}-${width}.png`), fullPage: true });
    }
  }
});

test("a node's new files are made from its present ones, secrets hidden and kept", async ({
  pageAs,
  running,
}, testInfo) => {
  const { files } = await running.lab.service("orders");
  const embedded = files.find(({ configuration }) => configuration === "embedded")?.install ?? "";
  const page = await pageAs("operator");
  const { address } = await openMigration(page, "orders");
  await page.goto(`${address}?step=configure`);
  await page.getByText("Make a node’s new files from its present ones").click();
  const present = `# kept\n${embedded.replace(/dbPassword: .*/, `dbPassword: ${PASSWORD} # kept too`)}`;
  await page.getByLabel("Present install file", { exact: true }).fill(present);
  const shown = page.getByRole("group", { name: "install file", exact: true });
  await expect(shown).toContainText("added: timelock:");
  await expect(shown).toContainText("# kept too");
  await expect(shown).not.toContainText(PASSWORD);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy the new install file" }).click();
  const copied = await page.evaluate(async () => navigator.clipboard.readText());
  expect(copied).toContain(PASSWORD);
  expect(copied).toContain("# kept too");
  expect(copied).not.toContain("leader:");
  await judge(page, "the new files of a node");
  await page.screenshot({ path: testInfo.outputPath("new-files.png"), fullPage: true });
});
