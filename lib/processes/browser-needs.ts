import { access, constants } from "node:fs/promises";
import { installPackages, mayInstallPackages } from "#lib/processes/debian-packages.ts";

const PACKAGES = ["chromium", "fonts-liberation"];

/** Where the browser of the tests is: `CHROMIUM_PATH`, else where Debian puts it. */
export const CHROMIUM_PATH = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

/** Makes sure that there is a browser: as root on Debian it is installed, else what is missing is named. Null when there is. */
export async function ensureBrowser(): Promise<string | null> {
  if (await isThere(CHROMIUM_PATH)) return null;
  if (!(await mayInstallPackages())) {
    return `The browser tests need Chromium at ${CHROMIUM_PATH}: install it, or set CHROMIUM_PATH to where it is.`;
  }
  const output = await installPackages(PACKAGES);
  return (await isThere(CHROMIUM_PATH)) ? null : `Chromium could not be installed:\n${output.slice(-2000)}`;
}

async function isThere(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
