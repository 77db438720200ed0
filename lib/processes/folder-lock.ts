import { createHash } from "node:crypto";
import { realpath, rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** A held lock; it also ends with the process, however that dies. */
export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes the lock of a folder for this process, or returns null when another process of this machine holds it. The kernel
 * keeps it (a listening socket named after the folder), so a killed process leaves nothing stale behind.
 */
export async function lockFolder(folder: string): Promise<FolderLock | null> {
  const name = createHash("sha256")
    .update(await realpath(folder))
    .digest("hex")
    .slice(0, 32);
  const isLinux = process.platform === "linux";
  const address = isLinux ? `\0lockstep-${name}` : path.join(tmpdir(), `lockstep-${name}.sock`);
  const first = await listen(address);
  if (first !== null) return first;
  if (isLinux || (await answers(address))) return null;
  await rm(address, { force: true });
  return listen(address);
}

async function listen(address: string): Promise<FolderLock | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (cause: NodeJS.ErrnoException) =>
      cause.code === "EADDRINUSE" ? resolve(null) : reject(cause),
    );
    server.listen(address, () => {
      server.unref();
      resolve({ release: async () => close(server) });
    });
  });
}

async function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

async function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
