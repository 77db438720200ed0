import { readFile } from "node:fs/promises";
import { collect } from "#lib/processes/tools.ts";

const INSTALL_LIMIT_MS = 10 * 60_000;

/** Whether packages may be installed here without asking: as root on Debian (or what calls itself like it). */
export async function mayInstallPackages(): Promise<boolean> {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return release.includes("debian") && process.getuid?.() === 0;
}

/** Installs packages with apt-get and returns what it printed; whether they are there is for the caller to see. */
export async function installPackages(packages: readonly string[]): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = async (...args: string[]) =>
    collect("apt-get", args, { cwd: "/", env, limitMs: INSTALL_LIMIT_MS });
  await apt("update");
  return (await apt("install", "-y", "--no-install-recommends", ...packages)).output;
}
