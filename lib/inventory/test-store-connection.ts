import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { identityDifference } from "#lib/inventory/identity-words.ts";
import {
  effectiveSecret,
  NO_SECRET,
  storeKeyPlace,
  storePasswordPlace,
} from "#lib/inventory/inventory-secrets.ts";
import { connectStore, type StoreAccess } from "#lib/inventory/open-store.ts";
import { savePin } from "#lib/inventory/pin-store-identity.ts";
import { requireReadableTls } from "#lib/inventory/readable-tls.ts";
import type { StoreDto, StoreTestReport, TestStoreInput } from "#lib/inventory/schema.ts";
import { sameAddresses, storeAddress, storeDatabase } from "#lib/inventory/store-address.ts";
import { connectionOf, tablesOf } from "#lib/inventory/store-columns.ts";
import { KIND_STAYS } from "#lib/inventory/update-store.ts";
import { findStore } from "#lib/inventory/store-rows.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import type { ConnectionReport } from "#lib/stores/schema.ts";

type Prepared = { readonly access: StoreAccess; readonly stored: StoreDto | null };

/**
 * Tries to reach a store with the values of a form, from name look-up to rights, and says precisely what failed; blank secrets are
 * those of the stored store. Changes nothing in the store. Needs an administrator, since it connects to whatever address is given.
 * The first successful test of a store as it is saved pins its identity.
 * @throws AppError `not-found`, `forbidden`, `conflict` (archived), `invalid`; never for what the store or the network does
 */
export async function testStoreConnection(ctx: Context, input: TestStoreInput): Promise<StoreTestReport> {
  const { storeId, environmentId } = input;
  const { access, stored } = await transact(
    ctx,
    {
      action: "test-store-connection",
      subject: { kind: "store", id: storeId, name: storeAddress(connectionOf(input)) },
      environmentId,
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], environmentId);
        return prepare(tx, input);
      },
      conclude: (prepared: Prepared) =>
        prepared.stored === null
          ? {}
          : { subject: { kind: "store", id: storeId, name: prepared.stored.name } },
    },
    async (_tx, prepared: Prepared) => prepared,
  );
  if (access.connection.kind !== "oracle")
    requireReadableTls({ ...access.connection, clientKey: access.clientKey });
  const report = await connectStore(access).testConnection();
  const checked = stored === null ? report : await checkIdentity(ctx, input, stored, report);
  return { ...checked, summary: summarise(checked), testedAt: new Date().toISOString() };
}

async function prepare(tx: Tx, input: TestStoreInput): Promise<Prepared> {
  const { storeId } = input;
  const place = {
    name: "this store",
    connection: connectionOf(input),
    ...tablesOf(input),
  };
  const wishes = {
    password: { given: input.password, remove: input.removePassword },
    clientKey: { given: input.clientKey, remove: input.removeClientKey },
  };
  if (storeId === null) {
    const password = effectiveSecret(storePasswordPlace(""), wishes.password, NO_SECRET);
    return {
      access: {
        ...place,
        password,
        clientKey: effectiveSecret(storeKeyPlace(""), wishes.clientKey, NO_SECRET),
      },
      stored: null,
    };
  }
  const row = await tx.store.findUnique({ where: { id: storeId, environmentId: input.environmentId } });
  if (row === null) throw new AppError("not-found", "There is no such store in this environment.");
  if (row.kind !== input.kind) throw new AppError("invalid", KIND_STAYS);
  const password = effectiveSecret(storePasswordPlace(storeId), wishes.password, {
    sealed: row.passwordSealed,
    setAt: row.passwordSetAt,
  });
  const clientKey = effectiveSecret(storeKeyPlace(storeId), wishes.clientKey, {
    sealed: row.clientKeySealed,
    setAt: row.clientKeySetAt,
  });
  return { access: { ...place, name: row.name, password, clientKey }, stored: await findStore(tx, storeId) };
}

async function checkIdentity(
  ctx: Context,
  input: TestStoreInput,
  stored: StoreDto,
  report: ConnectionReport,
): Promise<ConnectionReport> {
  const { identity } = report;
  if (identity === null) return report;
  const saved = isSaved(input, stored);
  if (stored.identity === null) {
    if (saved && report.ok && stored.archivedAt === null)
      await savePin(ctx, { id: stored.id, seenVersion: stored.version }, identity);
    return report;
  }
  const difference = identityDifference(stored.identity, identity);
  if (difference === null) return report;
  const what = `Another store answers than the one that was pinned: ${difference}.`;
  const next = saved
    ? "Nothing that uses this store may run until that is explained. If it is meant, pin the identity anew."
    : "Saving these values drops the pinned identity, and the next test pins the new one.";
  const stage = {
    stage: "database",
    verdict: saved ? "failed" : "warning",
    code: "identity-changed",
    message: `${what} ${next}`,
  } as const;
  return { ...report, ok: report.ok && !saved, stages: [...report.stages, stage] };
}

/** Whether the form's values are the stored ones, so that what answers is what every later reading will meet. */
function isSaved(input: TestStoreInput, stored: StoreDto): boolean {
  const { tablePrefix, schema } = tablesOf(input);
  const tested = connectionOf(input);
  const { connection } = stored;
  return (
    sameAddresses(tested, connection) &&
    storeDatabase(tested) === storeDatabase(connection) &&
    tested.user === connection.user &&
    tablePrefix === stored.tablePrefix &&
    schema === stored.schema &&
    input.password === "" &&
    input.clientKey === "" &&
    !input.removePassword &&
    !input.removeClientKey
  );
}

function summarise(report: ConnectionReport): string {
  const failed = report.stages.filter(({ verdict }) => verdict === "failed");
  const [first] = failed;
  if (first !== undefined)
    return failed.length === 1
      ? `Failed at ${first.stage}.`
      : `Failed at ${first.stage}, and ${failed.length - 1} more.`;
  const warnings = report.stages.filter(({ verdict }) => verdict === "warning").length;
  return warnings === 0
    ? "Everything that a migration needs is there."
    : `Reached, with ${warnings === 1 ? "one warning" : `${warnings} warnings`}.`;
}
