import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** A request that a test server got: its first line, its headers in lower case, its body. */
export type SeenRequest = {
  readonly line: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What a raw server does with a request: writes these bytes and closes, closes without a word, or never answers. */
export type RawReply = { readonly bytes: string } | "close" | "hang";

/** A raw TCP server on 127.0.0.1 that answers whole HTTP requests with bytes of the test's choice. */
export type RawServer = {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
};

/** Starts a raw server; `reply` sees each request in turn. */
export async function startRawServer(
  reply: (request: SeenRequest, index: number) => RawReply,
): Promise<RawServer> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const request = wholeRequest(received);
      if (request === null) return;
      received = "";
      seen.push(request);
      const answer = reply(request, seen.length - 1);
      if (answer === "close") socket.destroy();
      else if (answer !== "hang") socket.end(answer.bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () => stop(server, sockets),
  };
}

function wholeRequest(text: string): SeenRequest | null {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [line = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((header) => [
      header.split(":", 1).join("").toLowerCase(),
      header.slice(header.indexOf(":") + 1).trim(),
    ]),
  );
  const body = text.slice(end + 4);
  return body.length < BigInt(headers["content-length"] ?? "0") ? null : { line, headers, body };
}

function stop(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** The bytes of an HTTP answer that ends with its connection. */
export function httpAnswer(
  statusLine: string,
  headers: readonly (readonly [string, string])[],
  body: string,
): { readonly bytes: string } {
  const lines = headers.map(([name, value]) => `${name}: ${value}`);
  return { bytes: [statusLine, ...lines, "", body].join("\r\n") };
}

/** An address on 127.0.0.1 where nothing listens. */
export async function deadAddress(): Promise<string> {
  const server = await startRawServer(() => "close");
  await server.close();
  return server.url;
}
