import { createServer, connect as connectTo, type Socket } from "node:net";

/**
 * What the proxy does with the next connection on which a statement matches: `drop` loses the statement and the connection before the
 * server sees it; `swallow` lets the server do it and loses the answer; `hang` never answers again. `refuse` takes no connection.
 */
export type ProxyFault =
  | { readonly kind: "drop" | "swallow" | "hang"; readonly statement: RegExp }
  | { readonly kind: "refuse" };

/** A TCP proxy in front of a Postgres server that breaks connections on order. */
export type FaultProxy = {
  readonly port: number;
  breakNext(fault: ProxyFault): void;
  stop(): Promise<void>;
};

/** Listens on a free port of 127.0.0.1. */
export async function startFaultProxy(target: { host: string; port: number }): Promise<FaultProxy> {
  let armed: ProxyFault | null = null;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (armed?.kind === "refuse") {
      armed = null;
      client.destroy();
      return;
    }
    const upstream = connectTo(target);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    let muted = false;
    upstream.on("data", (chunk) => {
      if (!muted) client.write(chunk);
      else if (armed === null) client.destroy();
    });
    client.on("data", (chunk) => {
      const fault = armed;
      if (fault === null || fault.kind === "refuse" || !fault.statement.test(chunk.toString("latin1"))) {
        upstream.write(chunk);
        return;
      }
      if (fault.kind === "drop") {
        armed = null;
        client.destroy();
        return;
      }
      muted = true;
      if (fault.kind === "swallow") {
        armed = null;
        upstream.write(chunk);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    breakNext(fault) {
      armed = fault;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
