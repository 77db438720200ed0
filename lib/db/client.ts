import { PrismaPg } from "@prisma/adapter-pg";
import { AppError } from "#lib/errors.ts";
import { PrismaClient } from "#prisma/generated/client.ts";

/** The console's own database, through Prisma. Transactions go through `transact()` only. */
export type Database = PrismaClient;

/** A client of the database behind `url`, with at most `connectionsMax` connections, opened when first needed. */
export function openDatabase(url: string, connectionsMax = 10): Database {
  const adapter = new PrismaPg({ connectionString: url, max: connectionsMax, application_name: "lockstep" });
  return new PrismaClient({ adapter, log: [], errorFormat: "minimal" });
}

const kept = globalThis as typeof globalThis & { lockstepDatabase?: Database };

/**
 * The one client of this process, on `DATABASE_URL` (the launcher sets it for its children). Kept on the global object, so
 * that development reloads do not pile up connections.
 * @throws AppError when DATABASE_URL is not set
 */
export function database(): Database {
  if (kept.lockstepDatabase !== undefined) return kept.lockstepDatabase;
  const url = process.env["DATABASE_URL"];
  if (url === undefined)
    throw new AppError("unavailable", "DATABASE_URL is not set: start Lockstep with npm start.");
  kept.lockstepDatabase = openDatabase(url);
  return kept.lockstepDatabase;
}
