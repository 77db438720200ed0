import { AppError } from "#lib/errors.ts";
import { sameBoundState } from "#lib/stores/bound-state.ts";
import type { WriteGuard } from "#lib/stores/bound-store.ts";
import { ATLASDB_COLUMNS, type Cell, COLUMN2, COLUMNS, decodeBound } from "#lib/stores/cassandra/decode.ts";
import type { RawCell } from "#lib/stores/schema.ts";

/**
 * The cells of a reading, from its raw cells. @throws AppError `invalid` where they do not make the state that is expected
 */
export function expectedCells({
  expected,
  raw,
}: Pick<WriteGuard, "expected"> & { readonly raw: readonly RawCell[] }): readonly Cell[] {
  if (expected.state === "no-table") return [];
  const cells = raw.flatMap((cell): readonly Cell[] => {
    const column1 = Object.entries(COLUMNS).find(([name]) => name === cell.name)?.[1];
    if (column1 === undefined || cell.hex === null) return [];
    return [{ column1, column2: COLUMN2, value: cell.hex.slice(2), writtenAt: null }];
  });
  if (sameBoundState(decodeBound({ columns: ATLASDB_COLUMNS, cells }), expected)) return cells;
  throw new AppError(
    "invalid",
    "The reading on which this command would rest does not show the cells of the bound. Read the store again.",
  );
}
