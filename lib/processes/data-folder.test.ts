import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { openDataFolder } from "#lib/processes/data-folder.ts";

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), "lockstep-folder-"));
});
afterEach(async () => rm(parent, { recursive: true, force: true }));

describe("the data folder", () => {
  test("is made with its parents, with secrets for this user alone", async () => {
    const folder = path.join(parent, "a", "b");
    await openDataFolder(folder);
    expect((await stat(path.join(folder, "secrets"))).mode & 0o777).toBe(0o700);
  });

  test("is refused in one sentence where it is a file, or where its parent takes no folders", async () => {
    const file = path.join(parent, "file");
    await writeFile(file, "");
    const places = process.platform === "linux" ? [file, "/proc/lockstep"] : [file];
    for (const place of places) {
      await expect(openDataFolder(place)).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringMatching(/^The data folder \S+ cannot be written/),
      });
    }
  });
});
