import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { z } from "zod";
import { AppError } from "#lib/errors.ts";

/** A TCP port as a person writes it: 1 to 65535. */
export const portNumber = z.coerce.number().int().min(1).max(65_535);

const LOWEST = 20_000;
const HIGHEST = 32_000;
const TRIES_MAX = 200;

/** Whether nothing listens on this port of this address at the moment. */
export async function isPortFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * A port of the loopback address that was free a moment ago. It lies below what Linux (32768) and macOS (49152) give to outgoing
 * connections and to listeners without a port of their own: whoever asked takes it seconds later.
 * @throws AppError when the machine gives none
 */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isPortFree(port, "127.0.0.1")) return port;
  }
  throw new AppError("unavailable", "This machine gives no free port on 127.0.0.1.");
}
