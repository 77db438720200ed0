import { z } from "zod";

import { type Endpoint, ENDPOINTS } from "#lib/api/endpoints.ts";
import { problem, type ProblemCode, PROBLEMS } from "#lib/api/problem.ts";
import { longString } from "#lib/timestamps/long.ts";
import { RATE_PER_MINUTE } from "#lib/tokens/spend-rate.ts";

/** Where the API lies below the console's address. */
export const API_BASE = "/api/v1";

const TEXT = `Reads what the console shows, for programs. Every request carries an API token in the header Authorization; cookies do not count. A token reads what its owner may read at that moment, and changes nothing: it neither approves nor executes. 64-bit numbers are decimal strings. Each token may spend ${RATE_PER_MINUTE} a minute; the cost of an operation stands in x-lockstep-cost. This document describes this very build.`;

const REFUSALS: readonly ProblemCode[] = [
  "unauthenticated",
  "forbidden",
  "not-found",
  "conflict",
  "invalid",
  "rate-limited",
  "unexpected",
  "unavailable",
];

/**
 * The OpenAPI 3.1 document of the API, made from the very schemas that check its input and type its answers. What stands on the wire of a
 * codec is its input side, so every schema is rendered from that side.
 */
export function openApiDocument(): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of Object.values<Endpoint>(ENDPOINTS)) {
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method.toLowerCase()]: operationOf(endpoint),
    };
  }
  return {
    openapi: "3.1.0",
    jsonSchemaDialect: "https://json-schema.org/draft/2020-12/schema",
    info: { title: "Lockstep", version: "1", description: TEXT, license: { name: "Apache-2.0" } },
    servers: [{ url: API_BASE }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "An API token, made on the page API tokens." },
      },
      responses: Object.fromEntries(REFUSALS.map((code) => [code, refusalOf(code)])),
      schemas: { Problem: jsonSchema(problem) },
    },
  };
}

function operationOf(endpoint: Endpoint): Readonly<Record<string, unknown>> {
  const { method, operationId, summary, description, scope, cost, input, response } = endpoint;
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    "x-lockstep-scope": scope,
    "x-lockstep-cost": cost,
    ...(method === "GET"
      ? { parameters: parametersOf(endpoint) }
      : { requestBody: { required: true, content: { "application/json": { schema: jsonSchema(input) } } } }),
    responses: {
      "200": {
        description: summary,
        headers: { "RateLimit-Remaining": { schema: { type: "integer" } } },
        content: { "application/json": { schema: jsonSchema(response) } },
      },
      ...Object.fromEntries(
        REFUSALS.map((code) => [`${PROBLEMS[code].status}`, { $ref: `#/components/responses/${code}` }]),
      ),
    },
  };
}

function parametersOf({ path, input }: Endpoint): readonly unknown[] {
  return Object.entries(input.shape).map(([name, schema]) => {
    const isInPath = path.includes(`{${name}}`);
    return { name, in: isInPath ? "path" : "query", required: isInPath, schema: jsonSchema(schema) };
  });
}

function refusalOf(code: ProblemCode): Readonly<Record<string, unknown>> {
  const retry = { "Retry-After": { description: "In seconds.", schema: { type: "integer" } } };
  return {
    description: PROBLEMS[code].title,
    ...(code === "rate-limited" ? { headers: retry } : {}),
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
}

function jsonSchema(schema: z.core.$ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _dialect, ...kept } = z.toJSONSchema(schema, {
    io: "input",
    override: ({ zodSchema, jsonSchema: made }) => {
      delete made["audit"];
      if (zodSchema === longString) made.pattern = "^-?(0|[1-9][0-9]*)$";
    },
  });
  return kept;
}
