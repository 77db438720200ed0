import { openField, sealField, type FieldPlace } from "#lib/secrets/sealed-field.ts";
import type { SecretMark } from "#lib/inventory/schema.ts";

/** A secret as its columns hold it. */
export type StoredSecret = { readonly sealed: string | null; readonly setAt: Date | null };

/** No secret. */
export const NO_SECRET: StoredSecret = { sealed: null, setAt: null };

/** What a form asks for a secret: `given` blank keeps the stored one unless `remove` clears it; a given one always counts. */
export type SecretWish = { readonly given: string; readonly remove: boolean };

/** What the columns hold after a form was saved. */
export function nextSecret(place: FieldPlace, wish: SecretWish, stored: StoredSecret): StoredSecret {
  if (wish.given !== "") return { sealed: sealField(place, wish.given), setAt: new Date() };
  return wish.remove ? NO_SECRET : stored;
}

/** The secret that a form's values amount to before they are saved; null where there is none. @throws AppError `unavailable` as `openField` */
export function effectiveSecret(place: FieldPlace, wish: SecretWish, stored: StoredSecret): string | null {
  if (wish.given !== "") return wish.given;
  return wish.remove || stored.sealed === null ? null : openField(place, stored.sealed);
}

/** What anybody may know of a secret. */
export function markOf(stored: StoredSecret): SecretMark {
  return { isSet: stored.sealed !== null, setAt: stored.setAt?.toISOString() ?? null };
}

/** Where a store's password is sealed. */
export function storePasswordPlace(storeId: string): FieldPlace {
  return { table: "store", row: storeId, field: "password" };
}

/** Where the key of a store's client certificate is sealed. */
export function storeKeyPlace(storeId: string): FieldPlace {
  return { table: "store", row: storeId, field: "client_key" };
}

/** Where a cluster's token is sealed. */
export function clusterTokenPlace(clusterId: string): FieldPlace {
  return { table: "timelock_cluster", row: clusterId, field: "token" };
}

/** Where the key of a cluster's client certificate is sealed. */
export function clusterKeyPlace(clusterId: string): FieldPlace {
  return { table: "timelock_cluster", row: clusterId, field: "client_key" };
}
