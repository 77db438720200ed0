import { z } from "zod";

import { approvalRequestDto, approvalSummary, breakGlassDto } from "#lib/approvals/schema.ts";
import { AUDIT_RESULTS, auditFilter, auditPageDto } from "#lib/audit/schema.ts";
import {
  clusterDto,
  environmentDto,
  inventoryFilter,
  serviceDto,
  serviceStatus,
  storeDto,
} from "#lib/inventory/schema.ts";
import {
  createMigrationInput,
  MIGRATION_STATES,
  migrationLive,
  migrationPreview,
  migrationSummary,
  migrationView,
} from "#lib/migrations/schema.ts";
import { ownTokenDto, type TokenScope } from "#lib/tokens/schema.ts";
import type { RateCost } from "#lib/tokens/spend-rate.ts";

/** One operation of the API, as `run-api.ts` enforces it and `openapi.ts` describes it. */
export type Endpoint<Input extends z.ZodObject = z.ZodObject, Response extends z.ZodType = z.ZodType> = {
  readonly method: "GET" | "POST";
  /** Below /api/v1, with parameters as `{name}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly scope: TokenScope;
  readonly cost: RateCost;
  /** Parameters of path and query of a GET; the body of a POST. */
  readonly input: Input;
  /** As it stands on the wire: the side of a codec that is JSON. */
  readonly response: Response;
};

const id = z.uuid();
const listOf = <T extends z.ZodType>(item: T) => z.strictObject({ items: z.array(item) });
const { archived, ...environmentFilterShape } = inventoryFilter.shape;
const { environment: _environment, ...environmentsFilterShape } = { ...environmentFilterShape, archived };

/** A request for approval as the API lists it; what is about the person who looks has no meaning for a token. */
export const approvalItem = approvalSummary.omit({ mine: true, waitsForMe: true });

/** The approvals of the API: requests, newest first, and broken glass that waits for its review. */
export const approvalList = z.strictObject({ items: z.array(approvalItem), reviews: z.array(breakGlassDto) });

/** A preview, and the page where a person can create the migration. */
export const migrationProposal = z.strictObject({ ...migrationPreview.shape, planAt: z.url() });

const LIVE =
  "Read from the systems at this moment; allocates no timestamp. Takes up to about 12 s where a system does not answer.";

function stored<I extends z.ZodObject, R extends z.ZodType>(
  path: string,
  operationId: string,
  summary: string,
  input: I,
  response: R,
  description?: string,
) {
  const told = description === undefined ? {} : { description };
  return {
    method: "GET",
    path,
    operationId,
    summary,
    ...told,
    scope: "read",
    cost: 1,
    input,
    response,
  } as const;
}

/** Every operation of the API by its `operationId`; the route handlers below app/api/v1 are held against it by a test. */
export const ENDPOINTS = {
  getToken: stored("/token", "getToken", "The token that asks", z.strictObject({}), ownTokenDto),
  listEnvironments: stored(
    "/environments",
    "listEnvironments",
    "Environments that the token may read",
    z.strictObject(environmentsFilterShape),
    listOf(environmentDto),
  ),
  getEnvironment: stored(
    "/environments/{environmentId}",
    "getEnvironment",
    "One environment",
    z.strictObject({ environmentId: id }),
    environmentDto,
  ),
  listClusters: stored(
    "/clusters",
    "listClusters",
    "TimeLock clusters",
    inventoryFilter,
    listOf(clusterDto),
    "Secrets are never returned: `clientKey` and `token` say whether one is set and since when.",
  ),
  getCluster: stored(
    "/clusters/{clusterId}",
    "getCluster",
    "One TimeLock cluster",
    z.strictObject({ clusterId: id }),
    clusterDto,
  ),
  listStores: stored("/stores", "listStores", "Stores", inventoryFilter, listOf(storeDto)),
  getStore: stored("/stores/{storeId}", "getStore", "One store", z.strictObject({ storeId: id }), storeDto),
  listServices: stored(
    "/services",
    "listServices",
    "Services as recorded",
    inventoryFilter,
    listOf(serviceDto),
  ),
  getService: stored(
    "/services/{serviceId}",
    "getService",
    "One service as recorded",
    z.strictObject({ serviceId: id }),
    serviceDto,
  ),
  getServiceStatus: {
    ...stored(
      "/services/{serviceId}/status",
      "getServiceStatus",
      "Where a service's timestamps come from, read live",
      z.strictObject({ serviceId: id }),
      serviceStatus,
      LIVE,
    ),
    cost: 10,
  },
  listMigrations: stored(
    "/migrations",
    "listMigrations",
    "Migrations, newest first, at most 500",
    z.strictObject({
      state: z.enum(MIGRATION_STATES).optional(),
      service: id.optional(),
      environment: id.optional(),
    }),
    listOf(migrationSummary),
  ),
  getMigration: stored(
    "/migrations/{migrationId}",
    "getMigration",
    "One migration as stored",
    z.strictObject({ migrationId: id }),
    migrationView,
    "With its steps, readings, proof, approvals and the latest 200 lines of its timeline.",
  ),
  getMigrationLive: {
    ...stored(
      "/migrations/{migrationId}/live",
      "getMigrationLive",
      "The current step's conditions of a migration, read live",
      z.strictObject({ migrationId: id }),
      migrationLive,
      LIVE,
    ),
    cost: 10,
  },
  proposeMigration: {
    method: "POST",
    path: "/migrations/preview",
    operationId: "proposeMigration",
    summary: "Propose a migration: what it would find and do",
    description: `Findings, steps, plan hash and the approvals it would need. Creates, allocates and changes nothing: a person creates the migration at \`planAt\`. ${LIVE}`,
    scope: "propose",
    cost: 10,
    input: createMigrationInput,
    response: migrationProposal,
  },
  listApprovals: stored(
    "/approvals",
    "listApprovals",
    "Approval requests, newest first, at most 200",
    z.strictObject({
      environment: id.optional(),
      migration: id.optional(),
      ended: z.literal("yes").optional(),
    }),
    approvalList,
    "Requests that are over are left out unless `ended` is `yes`.",
  ),
  getApproval: stored(
    "/approvals/{requestId}",
    "getApproval",
    "One approval request with all that its approvers see",
    z.strictObject({ requestId: id }),
    approvalRequestDto,
    "What the person who looks could do (`approve`, `reject`, `withdraw` and the like) is never possible for a token.",
  ),
  listAuditEntries: stored(
    "/audit-entries",
    "listAuditEntries",
    "The audit log, newest first, 50 rows a page",
    z.strictObject({ ...auditFilter.shape, result: z.enum(AUDIT_RESULTS).optional() }),
    auditPageDto,
    "Needs an owner who is auditor or administrator. Give `olderBefore` of a page as `before` to get the next older one; null means that there is none. New rows do not shift the pages.",
  ),
} as const satisfies Readonly<Record<string, Endpoint>>;
