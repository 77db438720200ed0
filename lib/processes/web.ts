import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import path from "node:path";
import next from "next";
import { z } from "zod";
import { logFor } from "#lib/log.ts";
import { runAttached } from "#lib/processes/attach.ts";
import { portBusy } from "#lib/processes/port-busy.ts";
import { believeHeaders } from "#lib/processes/believed-headers.ts";
import { REQUEST_ID_HEADER } from "#lib/request-headers.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const DRAIN_MS = 10_000;
const log = logFor("web");

const environment = z.object({
  LOCKSTEP_HOST: z.string().default("127.0.0.1"),
  LOCKSTEP_PORT: z.coerce.number().int().min(0).max(65_535),
  LOCKSTEP_MODE: z.enum(["start", "dev"]).default("start"),
  LOCKSTEP_PUBLIC_URL: z.url(),
  LOCKSTEP_TRUSTED_PROXIES: z.string().default(""),
});

await runAttached("web", async () => {
  const env = environment.parse(process.env);
  const server = createServer();
  const console = next({
    dev: env.LOCKSTEP_MODE === "dev",
    dir: ROOT,
    hostname: env.LOCKSTEP_HOST,
    port: env.LOCKSTEP_PORT,
    httpServer: server,
    quiet: true,
  });
  await console.prepare();
  const trusted = env.LOCKSTEP_TRUSTED_PROXIES.split(",").map((address) => address.trim());
  const handle = console.getRequestHandler();
  let isStopping = false;
  server.on("request", (request, response) => {
    believeHeaders(request, { trusted, publicUrl: env.LOCKSTEP_PUBLIC_URL, requestId: randomUUID() });
    response.setHeader(REQUEST_ID_HEADER, String(request.headers[REQUEST_ID_HEADER]));
    if (env.LOCKSTEP_MODE === "start") logWhenAnswered(request, response);
    if (isStopping) refuse(response);
    else handle(request, response).catch((error: unknown) => fail(request, response, error));
  });
  const port = await listen(server, env.LOCKSTEP_PORT, env.LOCKSTEP_HOST);
  return {
    ready: { type: "ready", port },
    stop: async () => {
      isStopping = true;
      await close(server);
      await console.close();
    },
  };
});

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(cause.code === "EADDRINUSE" ? portBusy(host, port, cause) : cause),
    );
    server.listen(port, host, () => resolve());
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}

/** One line a request, without its query and never for what the build put there or for probes of health. */
function logWhenAnswered(request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? "").split("?")[0] ?? "";
  if (/^\/(_next|api\/health)(\/|$)/.test(path)) return;
  const startedAt = performance.now();
  response.once("close", () => {
    log.info(
      {
        requestId: request.headers[REQUEST_ID_HEADER],
        method: request.method,
        path,
        status: response.writableFinished ? response.statusCode : "cut off",
        ms: Math.round(performance.now() - startedAt),
      },
      "answered",
    );
  });
}

function refuse(response: ServerResponse): void {
  response.writeHead(503, {
    Connection: "close",
    "Retry-After": "5",
    "Content-Type": "text/plain; charset=utf-8",
  });
  response.end("Lockstep is stopping. Nothing was done; try again when it is back.\n");
}

function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  log.error({ requestId: request.headers[REQUEST_ID_HEADER], err: error }, "a request failed");
  if (!response.headersSent) response.writeHead(500);
  response.end();
}

/** Waits for the requests that run; idle connections are closed at once, busy ones after the limit. */
async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(timer);
}
