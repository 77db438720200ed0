import type { Prisma } from "#prisma/generated/client.ts";

/**
 * The handle of one open transaction on the console's database: its models and raw statements, no way to open another, and
 * no way to an outside system, so that no network call can happen while row locks are held.
 */
export type Tx = Prisma.TransactionClient;

/** A place to read the console's database from: the client itself or an open transaction. */
export type Reader = Pick<Tx, Exclude<keyof Tx, "$executeRaw" | "$executeRawUnsafe" | "$queryRawUnsafe">>;
