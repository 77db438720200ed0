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

import { type BoundJournal, memoryJournal } from "#lib/sandbox/timelock/bound-journal.ts";
import { createClusterModel, type ClusterModelOptions } from "#lib/sandbox/timelock/cluster-model.ts";
import {
  type FastForwardFault,
  nodeAnswer,
  type NodeSurroundings,
  type Reply,
} from "#lib/sandbox/timelock/node-answer.ts";

/**
 * How to build the simulated cluster; everything has a default. `ports` pins the listeners (0: any free one, then kept), `locations` are
 * the addresses that the nodes call themselves in redirects, `basePath` is where production servers serve, `tls` makes them https.
 * `quorumWaitMs` is how long a leader hopes for its quorum; the real one for 7,000 ms and more.
 */
export type SimulatedTimelockOptions = Partial<Omit<ClusterModelOptions, "size" | "nowMs">> & {
  readonly ports?: readonly number[];
  readonly locations?: readonly string[];
  readonly basePath?: string;
  readonly tls?: SecureContextOptions & {
    readonly requestCert?: boolean;
    readonly rejectUnauthorized?: boolean;
  };
};

/** A running simulated TimeLock: three nodes on 127.0.0.1, and what can be done to them. Nodes are counted from 0. */
export type SimulatedTimelock = {
  readonly urls: readonly string[];
  isUp(index: number): boolean;
  /** The node that leads the namespace, null while there is none. Asking changes nothing. */
  leader(namespace: string): number | null;
  /** The newest bound on any disk; null for a namespace that has none. */
  storedBound(namespace: string): bigint | null;
  /** Kills a node: its connections break, and what it had in memory is gone. */
  stopNode(index: number): Promise<void>;
  /** Starts a node again at its old address. */
  startNode(index: number): Promise<void>;
  /** Stops and starts every node. */
  restart(): Promise<void>;
  /** Ends the leader's term while it runs; the next request elects another, whose counter starts at the stored bound. */
  loseLeader(namespace: string): void;
  /** Cuts the nodes off from each other; all stay reachable from outside. */
  loseQuorum(): void;
  regainQuorum(): void;
  /** What shall happen to the next fast-forward that reaches its leader; null: nothing. */
  failNextFastForward(fault: FastForwardFault | null): void;
  /** What still waits for a fast-forward. */
  waitingFault(): FastForwardFault | null;
  /** Stops all nodes. What the journal holds stays. */
  close(): Promise<void>;
};

const HOST = "127.0.0.1";
const BODY_CHARS_MAX = 1_000_000;

/**
 * Starts a simulated TimeLock that speaks the real protocol: leader election at the first request, 308 and 503, namespaces made by the
 * first touch, AtlasDB's counters over persistent bounds. What differs from a real one stands in docs/protocols/timelock.md.
 * @throws Error of node:net when a port is taken
 */
export async function startSimulatedTimelock(
  options: SimulatedTimelockOptions = {},
): Promise<SimulatedTimelock> {
  const ports = [...(options.ports ?? [0, 0, 0])];
  const model = createClusterModel({
    ...modelDefaults(options.journal ?? memoryJournal()),
    ...modelOptions(options),
    size: ports.length,
  });
  const scheme = options.tls === undefined ? "http" : "https";
  let fault: FastForwardFault | null = null;
  const around: NodeSurroundings = {
    model,
    location: (index) => options.locations?.[index] ?? `${scheme}://${HOST}:${ports[index]}`,
    takeFault: () => {
      const taken = fault;
      fault = null;
      return taken;
    },
  };
  const servers = new Map<number, Server>();

  async function startNode(index: number): Promise<void> {
    if (servers.has(index)) return;
    const listener: RequestListener = (request, response) =>
      void serve(around, index, options.basePath ?? "", request, response);
    const server =
      options.tls === undefined ? createHttpServer(listener) : createHttpsServer(options.tls, listener);
    ports[index] = await listening(server, ports[index] ?? 0);
    servers.set(index, server);
    model.states.start(index);
  }

  async function stopNode(index: number): Promise<void> {
    const server = servers.get(index);
    if (server === undefined) return;
    servers.delete(index);
    model.states.stop(index, model.options.nowMs());
    await closed(server);
  }

  const all = ports.map((_, index) => index);
  const stopAll = async (): Promise<void> => void (await Promise.all(all.map(stopNode)));
  for (const index of all) await startNode(index);
  return {
    urls: ports.map((port) => `${scheme}://${HOST}:${port}`),
    isUp: (index) => model.states.at(index).up,
    leader: (namespace) => model.leadership.leader(namespace),
    storedBound: (namespace) => model.states.newest(namespace)?.bound ?? null,
    stopNode,
    startNode: async (index) => {
      model.leadership.retire(index);
      await startNode(index);
    },
    restart: async () => {
      await stopAll();
      for (const index of all) model.leadership.retire(index);
      for (const index of all) await startNode(index);
    },
    loseLeader: (namespace) => model.leadership.stepDown(namespace),
    loseQuorum: () => model.states.setPartitioned(true),
    regainQuorum: () => model.states.setPartitioned(false),
    failNextFastForward: (next) => {
      fault = next;
    },
    waitingFault: () => fault,
    close: stopAll,
  };
}

function modelDefaults(journal: BoundJournal): Omit<ClusterModelOptions, "size"> {
  return {
    journal,
    leaderMode: "single",
    persister: "paxos",
    clientLimit: 500,
    electionMs: 300,
    leaderCacheMs: 500,
    quorumWaitMs: 2_000,
    nowMs: () => performance.now(),
    pickOther: (others) => others[Math.floor(Math.random() * others.length)] ?? 0,
  };
}

function modelOptions(options: SimulatedTimelockOptions): Partial<ClusterModelOptions> {
  const { ports: _ports, locations: _locations, basePath: _basePath, tls: _tls, ...model } = options;
  return model;
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
