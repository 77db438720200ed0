import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

import { z } from "zod";

import { parseJson } from "#lib/timestamps/json.ts";

const headers = z.array(z.tuple([z.string(), z.string()]));
const exchange = z.object({
  name: z.string().default("real-client"),
  node: z.string().optional(),
  node_port: z.bigint().optional(),
  request: z.object({ line: z.string(), headers, body: z.string().nullable() }),
  response: z.object({ status_line: z.string(), headers, body: z.string() }),
});
const file = z.union([z.array(exchange), z.object({ transcripts: z.array(exchange) })]);

/** One recorded request and response of a real three-node TimeLock 0.1175.0; `port` is the node's, 18421 to 18423. */
export type Recorded = {
  readonly name: string;
  readonly port: number;
  readonly method: string;
  readonly target: string;
  readonly requestHeaders: readonly (readonly [string, string])[];
  readonly requestBody: string | null;
  readonly status: number;
  readonly statusLine: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
};

const PORTS = { leader: 18421, follower: 18422, alone: 18423 } as const;

/** The exchanges of one golden file, in the order in which they happened. `roles` says which node "leader" and "follower" were. */
export function recordedExchanges(name: string, roles: Readonly<Record<string, number>> = {}): Recorded[] {
  const packed = readFileSync(new URL(`../../e2e/golden/timelock/${name}.json.gz`, import.meta.url));
  const parsed = file.parse(parseJson(gunzipSync(packed).toString("utf8")));
  return (Array.isArray(parsed) ? parsed : parsed.transcripts).map((entry) => {
    const [method = "", target = ""] = entry.request.line.split(" ");
    return {
      name: entry.name,
      port: portOf(entry, { ...PORTS, ...roles }),
      method,
      target,
      requestHeaders: entry.request.headers,
      requestBody: entry.request.body,
      status: z.coerce.number().parse(entry.response.status_line.split(" ")[1]),
      statusLine: entry.response.status_line,
      headers: entry.response.headers,
      body: entry.response.body,
    };
  });
}

function portOf(entry: z.infer<typeof exchange>, roles: Readonly<Record<string, number>>): number {
  const said = entry.node_port ?? entry.node?.replace("port ", "") ?? "leader";
  return roles[String(said)] ?? z.coerce.number().parse(String(said));
}

/** The first value of a recorded header, its name in any case. */
export function recordedHeader(
  headersSent: readonly (readonly [string, string])[],
  name: string,
): string | null {
  return headersSent.find(([header]) => header.toLowerCase() === name)?.[1] ?? null;
}
