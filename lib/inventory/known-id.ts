import { z } from "zod";

import { AppError } from "#lib/errors.ts";
import { INVENTORY_WORDS, type InventoryKind } from "#lib/inventory/locked-rows.ts";

const uuid = z.uuid();

/** Refuses an identifier from a page's address that cannot be one, before the database has to. @throws AppError `not-found` */
export function requireKnownId(kind: InventoryKind, id: string): void {
  if (uuid.safeParse(id).success) return;
  throw new AppError("not-found", `There is no such ${INVENTORY_WORDS[kind]}.`);
}
