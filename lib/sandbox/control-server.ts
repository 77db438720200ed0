import { timingSafeEqual } from "node:crypto";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { ZodError } from "zod";

import { AppError } from "#lib/errors.ts";
import { sandboxCommand } from "#lib/rehearsal/schema.ts";
import type { Lab } from "#lib/sandbox/lab.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/** Where the sandbox takes its orders: on 127.0.0.1 alone, from whoever shows the token. */
export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

type Reply = { readonly status: number; readonly body: unknown };

const HOST = "127.0.0.1";
const BODY_BYTES_MAX = 10_000;
const STATUS_BY_CODE: Partial<Record<AppError["code"], number>> = { "not-found": 404, conflict: 409 };

/** Serves `GET /status`, `GET /offer` and `POST /command`. `changed` is called after every command, done or not. */
export async function serveControl(lab: Lab, token: string, changed: () => void): Promise<ControlServer> {
  const server = createServer((request, response) => {
    void (async () => write(response, await answer(lab, token, changed, request)))();
  });
  const port = await listen(server);
  return {
    url: `http://${HOST}:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function answer(
  lab: Lab,
  token: string,
  changed: () => void,
  request: IncomingMessage,
): Promise<Reply> {
  if (!isAuthorized(request, token))
    return { status: 401, body: { message: "The token is missing or wrong." } };
  try {
    if (request.method === "GET" && request.url === "/status")
      return { status: 200, body: await lab.status() };
    if (request.method === "GET" && request.url === "/offer") return { status: 200, body: lab.offer() };
    if (request.method !== "POST" || request.url !== "/command") {
      return { status: 404, body: { message: "The sandbox answers /status, /offer and /command." } };
    }
    const command = sandboxCommand.parse(parseJson(await bodyOf(request)));
    try {
      await lab.run(command);
    } finally {
      changed();
    }
    return { status: 200, body: {} };
  } catch (error) {
    return replyTo(error);
  }
}

function replyTo(error: unknown): Reply {
  if (error instanceof AppError) {
    return { status: STATUS_BY_CODE[error.code] ?? 422, body: { message: error.message } };
  }
  if (error instanceof ZodError || error instanceof SyntaxError) {
    return { status: 422, body: { message: "The sandbox does not know this command." } };
  }
  return { status: 500, body: { message: error instanceof Error ? error.message : String(error) } };
}

function isAuthorized(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new AppError("invalid", "The command is too long.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function write(response: ServerResponse, reply: Reply): void {
  const body = JSON.stringify(reply.body);
  response
    .writeHead(reply.status, { "content-type": "application/json", "cache-control": "no-store" })
    .end(body);
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, HOST, resolve);
  });
  return (server.address() as AddressInfo).port;
}
