import { AppError } from "#lib/errors.ts";

/** The refusal of a side that is an Oracle database, with the way out. */
export function oracleRefusal(which: string): AppError {
  return new AppError(
    "invalid",
    `The ${which} is an Oracle database, to which Lockstep never connects, so it cannot copy it. Nothing was read or changed. The way out is AtlasDB's own tool, with all clients stopped and all four files named: atlasdb-cli --offline migrate --fromConfig … --migrateConfig … --fromRuntimeConfig … --migrateRuntimeConfig … --setup --migrate --validate. Judge it by "Validation complete." in its output, never by its exit code.`,
  );
}
