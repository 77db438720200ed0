import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { SecureContextOptions } from "node:tls";

import { nodeAnswer, type NodeSurroundings, type Reply } from "#lib/sandbox/timelock/node-answer.ts";

/** Certificates of the nodes, and whether they ask clients for theirs. */
export type NodeTls = SecureContextOptions & {
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
};

/** One listener a node on 127.0.0.1. A port is chosen once and then kept, so that a restarted node is found where it was. */
export type NodeListeners = {
  readonly url: (index: number) => string;
  readonly start: (index: number) => Promise<void>;
  readonly stop: (index: number) => Promise<void>;
};

const HOST = "127.0.0.1";
const BODY_CHARS_MAX = 1_000_000;

/** Makes the listeners; port 0 stands for any free one. Starting and stopping a node also starts and stops it in the model. */
export function createNodeListeners(
  around: NodeSurroundings,
  wantedPorts: readonly number[],
  basePath: string,
  tls: NodeTls | undefined,
): NodeListeners {
  const ports = [...wantedPorts];
  const servers = new Map<number, Server>();
  const { states, options } = around.model;
  return {
    url: (index) => `${tls === undefined ? "http" : "https"}://${HOST}:${ports[index]}`,
    start: async (index) => {
      if (servers.has(index)) return;
      const listener: RequestListener = (request, response) =>
        void serve(around, index, basePath, request, response);
      const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
      ports[index] = await listening(server, ports[index] ?? 0);
      servers.set(index, server);
      states.start(index);
    },
    stop: async (index) => {
      const server = servers.get(index);
      if (server === undefined) return;
      servers.delete(index);
      states.stop(index, options.nowMs());
      await closed(server);
    },
  };
}

async function serve(
  around: NodeSurroundings,
  index: number,
  basePath: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bodyOf(request);
  if (body === null) return void request.socket.destroy();
  const target = request.url ?? "/";
  const inside = target.startsWith(`${basePath}/`) ? target.slice(basePath.length) : "/.outside";
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value]] : [],
    ),
  );
  const reply = await nodeAnswer(around, index, {
    method: request.method ?? "GET",
    target: inside,
    headers,
    body,
  });
  write(request, response, around.model.states.at(index).up ? reply : "break-connection");
}

function write(request: IncomingMessage, response: ServerResponse, reply: Reply): void {
  if (reply === "break-connection") {
    request.socket.destroy();
    return;
  }
  const headers: Record<string, string | number> = { ...reply.headers };
  if (reply.status === 200 && request.method === "GET") headers["Vary"] = "Accept-Encoding";
  if (reply.status !== 204) headers["Content-Length"] = Buffer.byteLength(reply.body);
  response.writeHead(reply.status, headers).end(reply.body);
}

/** The whole body; null when the client went away, or sent more than any client of TimeLock would. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  request.setEncoding("utf8");
  let body = "";
  try {
    for await (const chunk of request) {
      body += chunk;
      if (body.length > BODY_CHARS_MAX) return null;
    }
  } catch {
    return null;
  }
  return body;
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
