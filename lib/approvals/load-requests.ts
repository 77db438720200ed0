import { z } from "zod";

import type { Reader, Tx } from "#lib/db/transact-handle.ts";
import { CLOSED_BECAUSE, type RequestFacts } from "#lib/approvals/judge-approval.ts";
import { AppError } from "#lib/errors.ts";

const closedBecause = z.enum(CLOSED_BECAUSE);
const decision = z.enum(["approve", "reject"]);
const INCLUDE = { decisions: { orderBy: { decidedAt: "asc" } }, breakGlass: true, uses: true } as const;

/** A row of `approval_request` with its decisions and its broken glass. */
export type RequestRow = NonNullable<Awaited<ReturnType<typeof findRequest>>>;

/** One request whole, or null. */
export async function findRequest(reader: Reader, id: string) {
  return reader.approvalRequest.findUnique({ where: { id }, include: INCLUDE });
}

/** One request whole. @throws AppError `not-found` */
export async function loadRequest(reader: Reader, id: string): Promise<RequestRow> {
  const row = await findRequest(reader, id);
  if (row === null) throw new AppError("not-found", "There is no such approval request.");
  return row;
}

/** The newest request of each unit of these migrations. */
export async function newestRequests(
  reader: Reader,
  migrationIds: readonly string[],
): Promise<readonly RequestRow[]> {
  return reader.approvalRequest.findMany({
    where: { migrationId: { in: [...migrationIds] } },
    orderBy: [{ migrationId: "asc" }, { unit: "asc" }, { number: "desc" }],
    distinct: ["migrationId", "unit"],
    include: INCLUDE,
  });
}

/** The newest request on a unit, its row locked until the transaction ends; null when nobody has asked. */
export async function lockNewestRequest(
  tx: Tx,
  migrationId: string,
  unit: string,
): Promise<RequestRow | null> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM approval_request WHERE migration_id = ${migrationId}::uuid AND unit = ${unit}
    ORDER BY number DESC LIMIT 1 FOR UPDATE`;
  return rows[0] === undefined ? null : loadRequest(tx, rows[0].id);
}

/** A row as the judge takes it. */
export function factsOf(row: RequestRow): RequestFacts {
  return {
    id: row.id,
    unit: row.unit,
    planHash: row.planHash,
    requesterId: row.requesterId,
    requestedAt: row.requestedAt,
    closed: row.closedBecause === null ? null : closedBecause.parse(row.closedBecause),
    begun: row.consumedAt !== null && row.closedAt === null,
    decisions: row.decisions.map((one) => ({
      personId: one.personId,
      name: one.personName,
      decision: decision.parse(one.decision),
      at: one.decidedAt,
    })),
    breakGlass:
      row.breakGlass === null
        ? null
        : {
            personId: row.breakGlass.personId,
            name: row.breakGlass.personName,
            at: row.breakGlass.brokenAt,
          },
  };
}

/** Everybody whose standing the status of a request depends on. */
export function peopleIn(row: RequestRow | null): readonly string[] {
  if (row === null) return [];
  const deciders = row.decisions.map((one) => one.personId);
  return row.breakGlass === null ? deciders : [...deciders, row.breakGlass.personId];
}
