import { createServer } from "node:net";
import { z } from "zod";
import { AppError } from "#lib/errors.ts";

/** A TCP port as a person writes it: 1 to 65535. */
export const portNumber = z.coerce.number().int().min(1).max(65_535);

/** Whether nothing listens on this port of this address at the moment. */
export async function isPortFree(port: number, host: string): Promise<boolean> {
  return (await tryListen(port, host)) !== null;
}

/** A port of the loopback address that was free a moment ago. @throws AppError when the machine gives none */
export async function findFreePort(): Promise<number> {
  const port = await tryListen(0, "127.0.0.1");
  if (port === null) throw new AppError("unavailable", "This machine gives no free port on 127.0.0.1.");
  return port;
}

async function tryListen(port: number, host: string): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
    });
  });
}
