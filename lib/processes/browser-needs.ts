import { access, constants, readFile } from "node:fs/promises";
import { collect } from "#lib/processes/tools.ts";

const INSTALL_LIMIT_MS = 10 * 60_000;
const PACKAGES = ["chromium", "fonts-liberation"];

/** Where the browser of the tests is: `CHROMIUM_PATH`, else where Debian puts it. */
export const CHROMIUM_PATH = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";

/** Makes sure that there is a browser: as root on Debian it is installed, else what is missing is named. Null when there is. */
export async function ensureBrowser(): Promise<string | null> {
  if (await isThere(CHROMIUM_PATH)) return null;
  const isDebian = (await readFile("/etc/os-release", "utf8").catch(() => "")).includes("debian");
  if (!isDebian || process.getuid?.() !== 0) {
    return `The browser tests need Chromium at ${CHROMIUM_PATH}: install it, or set CHROMIUM_PATH to where it is.`;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = async (...args: string[]) =>
    collect("apt-get", args, { cwd: "/", env, limitMs: INSTALL_LIMIT_MS });
  await apt("update");
  const { output } = await apt("install", "-y", "--no-install-recommends", ...PACKAGES);
  return (await isThere(CHROMIUM_PATH)) ? null : `Chromium could not be installed:\n${output.slice(-2000)}`;
}

async function isThere(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
