import { createServer, connect as connectTo, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls, type ConnectionOptions } from "node:tls";

/**
 * What the proxy does with the next request in which a statement matches: `drop` loses it and the connection before the server sees it;
 * `swallow` lets the server do it and loses the answer; `hang` never passes it on; `answer` lets the server do it and answers with an error
 * of this code instead; `before` and `after` pass it on after or before something else is done. `refuse` takes no connection.
 */
export type ProxyFault =
  | { readonly kind: "drop" | "swallow" | "hang"; readonly statement: RegExp }
  | { readonly kind: "answer"; readonly statement: RegExp; readonly code: number }
  | {
      readonly kind: "before" | "after";
      readonly statement: RegExp;
      readonly act: () => Promise<void>;
    }
  | { readonly kind: "refuse" };

/** A TCP proxy in front of a Cassandra server that breaks connections on order, and counts what it passed on. */
export type FaultProxy = {
  readonly port: number;
  /** Every request that reached the proxy, as text with the bytes in between. */
  readonly requests: string[];
  breakNext(fault: ProxyFault): void;
  /** Cuts every connection, and takes no new one for so many milliseconds. Gives how many it cut. */
  cut(forMs: number): Promise<number>;
  stop(): Promise<void>;
};

const HEADER = 9;
const ERROR_OPCODE = 0;

/** Listens on a free port of 127.0.0.1 in clear text; speaks TLS to the server where `tls` is given. */
export async function startFaultProxy(target: {
  host: string;
  port: number;
  tls: ConnectionOptions | null;
}): Promise<FaultProxy> {
  let armed: ProxyFault | null = null;
  let isCut = false;
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    if (isCut || armed?.kind === "refuse") {
      if (!isCut) armed = null;
      client.destroy();
      return;
    }
    const { host, port, tls } = target;
    const upstream = tls === null ? connectTo({ host, port }) : connectTls({ host, port, ...tls });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    let muted: ProxyFault | null = null;
    let stream = Buffer.alloc(0);
    upstream.on("data", (chunk: Buffer) => {
      if (muted === null) client.write(chunk);
      else if (muted.kind === "answer") client.write(errorFrame(stream, muted.code));
      else client.destroy();
    });
    client.on("data", (chunk) => {
      const text = chunk.toString("latin1");
      requests.push(text);
      const fault = armed;
      if (fault === null || fault.kind === "refuse" || !fault.statement.test(text)) {
        upstream.write(chunk);
        return;
      }
      armed = null;
      if (fault.kind === "drop") client.destroy();
      if (fault.kind === "drop" || fault.kind === "hang") return;
      if (fault.kind === "before") {
        void fault.act().then(() => upstream.write(chunk));
        return;
      }
      if (fault.kind === "after") {
        upstream.write(chunk, () => void fault.act());
        return;
      }
      muted = fault;
      stream = Buffer.from(chunk.subarray(0, HEADER));
      upstream.write(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    requests,
    breakNext(fault) {
      armed = fault;
    },
    async cut(forMs) {
      isCut = true;
      const connections = sockets.size / 2;
      for (const socket of sockets) socket.destroy();
      await sleep(forMs);
      isCut = false;
      return connections;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** An error frame in answer to a request: its version and stream, and the body of a write time-out or a plain error. */
function errorFrame(request: Buffer, code: number): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value, "utf8");
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const codeBytes = Buffer.alloc(4);
  codeBytes.writeInt32BE(code);
  const timedOut = Buffer.alloc(10);
  timedOut.writeUInt16BE(7, 0);
  timedOut.writeInt32BE(0, 2);
  timedOut.writeInt32BE(1, 6);
  const details = code === 0x1100 ? [timedOut, text("CAS")] : code === 0x1000 ? [timedOut] : [];
  const body = Buffer.concat([codeBytes, text("simulated"), ...details]);
  const header = Buffer.alloc(HEADER);
  header.writeUInt8((request[0] ?? 4) | 0x80, 0);
  header.writeUInt8(0, 1);
  request.copy(header, 2, 2, 4);
  header.writeUInt8(ERROR_OPCODE, 4);
  header.writeInt32BE(body.length, 5);
  return Buffer.concat([header, body]);
}
