import { type Browser, type BrowserContext, type Page, expect } from "@playwright/test";

import { askConsole } from "#e2e/fixtures/console-database.ts";
import { type RunningConsole, test } from "#e2e/fixtures/console-test.ts";
import { startProvider } from "#lib/people/testing-oidc.ts";
import { fromBase32, totpCode } from "#lib/people/totp.ts";

const PASSWORD = "a password of sam that is long";

/** Passkeys belong to names, so the walk opens the console as localhost. */
const addressOf = (running: RunningConsole) => running.launched.url.replace("127.0.0.1", "localhost");

/** The code that the app shows some steps of 30 seconds from now. */
const codeOf = (secret: string, stepsAway: bigint) =>
  totpCode(fromBase32(secret), BigInt(Math.floor(Date.now() / 30_000)) + stepsAway);

/** Invites a person and follows the link in a browser of their own. */
async function invited(browser: Browser, running: RunningConsole, administrator: Page, email: string) {
  await administrator.goto("/users");
  await administrator.getByRole("button", { name: "Add a person" }).click();
  await administrator.getByLabel("Name").fill("Sam Second");
  await administrator.getByLabel("E-mail address").fill(email);
  await administrator.getByRole("button", { name: "Add the person" }).click();
  const link = await administrator.getByText(/\/setup\//).textContent();
  const context = await browser.newContext({ baseURL: addressOf(running), reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(new URL(link?.trim() ?? "").pathname);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  return { context, page };
}

async function givePassword(page: Page, email: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /signed in as/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
}

/** A passkey of the device, in software: it says yes by itself, as its owner would with a finger. */
async function addVirtualAuthenticator(context: BrowserContext, page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** Lets the proofs of every session of a person grow old. */
async function ageProofs(running: RunningConsole, email: string): Promise<void> {
  await askConsole(
    running.launched.dataDir,
    `UPDATE session SET confirmed_at = now() - interval '1 hour', second_factor_at = now() - interval '1 hour'
     WHERE person_id = (SELECT id FROM person WHERE email = $1)`,
    [email],
  );
}

test("a second factor is set up, asked for, proved again, lost and reset", async ({
  browser,
  running,
  pageAs,
}) => {
  const email = "sam@example.com";
  const administrator = await pageAs("administrator");
  const { context, page } = await invited(browser, running, administrator, email);
  await givePassword(page, email);
  await expect(page).toHaveURL(`${addressOf(running)}/`);

  await page.goto("/account/security");
  await expect(page.getByText("You have no second factor")).toBeVisible();
  await page.getByRole("button", { name: "Set up an app" }).click();
  await expect(page.getByRole("img", { name: "QR code for the authenticator app" })).toBeVisible();
  const secret = (await page.locator("code[data-secret]").getAttribute("data-secret")) ?? "";
  await page.getByLabel("Code that the app shows").fill("000000");
  await page.getByRole("button", { name: "Use this app" }).click();
  await expect(page.getByRole("alert").first()).toContainText("not the code");
  await page.getByLabel("Code that the app shows").fill(codeOf(secret, 0n));
  await page.getByRole("button", { name: "Use this app" }).click();
  const codes = page.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  const recoveryCode = (await codes.first().textContent()) ?? "";
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByText("10 are left.")).toBeVisible();

  await signOut(page);
  await givePassword(page, email);
  await page.getByLabel("Code of your second factor").fill("000000");
  await page.getByRole("button", { name: "Finish signing in" }).click();
  await expect(page.getByRole("alert").first()).toContainText("This code is wrong");
  await page.reload();
  await page.getByLabel("Code of your second factor").fill(codeOf(secret, 1n));
  await page.getByRole("button", { name: "Finish signing in" }).click();
  await expect(page).toHaveURL(`${addressOf(running)}/`);

  await addVirtualAuthenticator(context, page);
  await page.goto("/account/security");
  await ageProofs(running, email);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByLabel("Name").fill("Sam's laptop");
  await page.getByRole("button", { name: "Make the passkey" }).click();
  const proof = page.getByRole("dialog", { name: "Confirm who you are" });
  await proof.getByRole("button", { name: "Close" }).click();
  await expect(page.getByText("You did not confirm who you are")).toBeVisible();
  await expect(page.getByLabel("Name")).toHaveValue("Sam's laptop");
  await page.getByRole("button", { name: "Make the passkey" }).click();
  await proof.getByLabel("Your password").fill("not the password");
  await proof.getByLabel("Code of your second factor").fill(recoveryCode);
  await proof.getByRole("button", { name: "Confirm", exact: true }).click();
  await expect(proof.getByText("The password is wrong.", { exact: false })).toBeVisible();
  await proof.getByLabel("Your password").fill(PASSWORD);
  await proof.getByRole("button", { name: "Confirm", exact: true }).click();
  await expect(proof).toBeHidden();
  await expect(page.getByRole("list", { name: "Passkeys" })).toContainText("Sam's laptop");
  await expect(page.getByText("9 are left.")).toBeVisible();

  await signOut(page);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page).toHaveURL(`${addressOf(running)}/`);

  await page.goto("/account/security");
  await ageProofs(running, email);
  await page.getByRole("button", { name: "Remove Sam's laptop" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove Sam's laptop" }).click();
  await proof.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page.getByText("You have none.")).toBeVisible();
  await expect(page.getByRole("region", { name: "Recent sign-ins" })).toContainText(
    "signed in with a passkey",
  );

  await administrator.reload();
  await ageProofs(running, "ada@example.com");
  await administrator.getByRole("button", { name: "Actions for Sam Second" }).click();
  await administrator.getByRole("menuitem", { name: "Reset the second factor" }).click();
  await administrator.getByRole("button", { name: "Reset the second factor of Sam Second" }).click();
  const asked = administrator.getByRole("dialog", { name: "Confirm who you are" });
  await asked.getByLabel("Your password").fill("correct horse battery staple");
  await asked.getByRole("button", { name: "Confirm", exact: true }).click();
  await expect(administrator.getByRole("row", { name: /Sam Second/ })).not.toContainText("second factor");
  await givePassword(page, email);
  await expect(page).toHaveURL(`${addressOf(running)}/`);
  await context.close();
});

test("people of a provider sign in there, and prove who they are there again", async ({
  browser,
  running,
  pageAs,
}) => {
  const { url } = running.launched;
  const provider = await startProvider(`${url}/sign-in/oidc/callback`);
  try {
    const administrator = await pageAs("administrator");
    await administrator.goto("/users/single-sign-on");
    await ageProofs(running, "ada@example.com");
    await administrator.getByLabel("People can sign in with the provider").check();
    await administrator.getByLabel("Issuer").fill(provider.issuer);
    await administrator.getByLabel("Client id").fill("lockstep");
    await administrator.getByLabel("Client secret").fill("a secret of the client");
    await administrator.getByLabel("Words on the button").fill("Continue with Example");
    await administrator.getByLabel("Whoever is new gets an account by themselves").check();
    await administrator.getByRole("button", { name: "Add rule" }).click();
    await administrator.getByLabel("Has the value").fill("staff");
    await administrator.getByRole("button", { name: "Save single sign-on" }).click();
    const asked = administrator.getByRole("dialog", { name: "Confirm who you are" });
    await asked.getByLabel("Your password").fill("correct horse battery staple");
    await asked.getByRole("button", { name: "Confirm", exact: true }).click();
    await expect(administrator.getByText("Stored, encrypted")).toBeVisible();

    const context = await browser.newContext({ baseURL: url, reducedMotion: "reduce" });
    const page = await context.newPage();
    await page.goto("/sign-in?next=%2Fservices");
    await page.getByRole("button", { name: "Continue with Example" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "access_denied" })).toBeVisible();

    const olga = { name: "Olga Oidc", email: "olga@example.com", email_verified: true, groups: ["staff"] };
    await provider.be({ who: "olga", people: { olga } });
    await page.goto("/sign-in?next=%2Fservices");
    await page.getByRole("button", { name: "Continue with Example" }).click();
    await expect(page).toHaveURL(`${url}/services`);

    await page.goto("/account/security");
    await page.getByRole("button", { name: "Set up an app" }).click();
    const proof = page.getByRole("dialog", { name: "Confirm who you are" });
    await expect(proof.getByLabel("Your password")).toHaveCount(0);
    const opened = context.waitForEvent("page");
    await proof.getByRole("link", { name: /Continue with Example/ }).click();
    await opened;
    await expect(page.getByRole("img", { name: "QR code for the authenticator app" })).toBeVisible();
    await expect(proof).toBeHidden();

    await administrator.goto("/users");
    await expect(administrator.getByRole("row", { name: /Olga Oidc/ })).toContainText("(provider)");
    await context.close();
  } finally {
    await askConsole(running.launched.dataDir, "UPDATE oidc_settings SET enabled = false");
    await provider.stop();
  }
});
