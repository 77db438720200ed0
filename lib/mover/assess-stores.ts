import { attestable, blocking, type Finding, pass, unknown, warning } from "#lib/engine/finding.ts";
import { AdapterError, AppError } from "#lib/errors.ts";
import { type DroppedTable, WRITING_SESSIONS } from "#lib/mover/assess-report.ts";
import type { TableProbe } from "#lib/mover/probe-table.ts";
import { MIGRATOR_CHECKPOINT_TABLE } from "#lib/mover/select-tables.ts";
import type { NewTable } from "#lib/mover/store-table.ts";
import type { StoreSurvey } from "#lib/mover/store-survey.ts";

/** Which of the two stores a finding is about. */
export type Side = "source" | "destination";

/** Names written out in a finding; the rest is counted. */
const NAMED_MAX = 10;

/** The first names, and how many more there are. */
export function someOf(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return `${names.slice(0, NAMED_MAX).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Whether the catalogue lists this store's tables alone. Source: atlasdb-facts D.2, H28 */
export function judgeCatalogue(side: Side, survey: StoreSurvey): Finding {
  const id = `move.catalogue.${side}`;
  if (survey.otherPrefixes.length > 0) {
    const prefixes = survey.otherPrefixes.map((prefix) => (prefix === "" ? "no prefix" : prefix));
    return blocking(id, `The ${side}'s catalogue is shared with another store`, {
      detail: `The same schema holds tables of a service with ${someOf(prefixes)}. AtlasDB does not prefix _metadata, so both are listed in one.`,
      remedy:
        side === "destination"
          ? "Setting up would drop the other service's entries too. Choose a schema or database of its own as the destination."
          : "Which tables are whose cannot be told. Move the services apart first, or copy chosen tables of this one by name.",
    });
  }
  if (survey.missing.length > 0) {
    return blocking(
      `move.catalogue-entries.${side}`,
      `The ${side}'s catalogue lists tables that are not there`,
      {
        detail: someOf(survey.missing),
        remedy:
          "Check the table prefix and the schema. If they are right, a table's creation was cut short: let AtlasDB finish it, or remove its entry from _metadata.",
      },
    );
  }
  if (survey.catalogue === "present") return pass(id, `The ${side}'s catalogue is its own`);
  return side === "destination"
    ? pass(id, "The destination is pristine: it has no catalogue yet")
    : judgeNoSource(survey);
}

function judgeNoSource({ strangers }: StoreSurvey): Finding {
  return blocking("move.catalogue.source", "The source holds no AtlasDB store", {
    detail:
      strangers.length === 0 ? "It has no _metadata." : `It has no _metadata beside ${someOf(strangers)}.`,
    remedy: "Check its address, database and schema, and that source and destination are not swapped.",
  });
}

/** Whether what answers is the server to read from or write to. */
export function judgeServer(side: Side, { place }: StoreSurvey): Finding {
  const id = `move.server.${side}`;
  if (place.kind !== "postgres" || !place.inRecovery) return pass(id, `The ${side} is no replica`);
  return blocking(id, `The ${side} is a replica in recovery`, {
    detail:
      side === "source"
        ? "It may lag behind, and what is missing there would be lost."
        : "It cannot be written.",
    remedy: "Name the primary server.",
  });
}

/** Whether our user may do what the move needs. */
export function judgeRights(side: Side, survey: StoreSurvey, drops: readonly string[]): Finding {
  const id = `move.rights.${side}`;
  const unreadable = survey.unreadable ?? [];
  if (unreadable.length > 0) {
    return blocking(id, `Our user may not read all tables of the ${side}`, {
      detail: someOf(unreadable),
      remedy: "Grant SELECT on them, then assess again.",
    });
  }
  if (side === "source") return rightsPass(id, side, survey.unreadable !== null);
  const kept = (survey.undroppable ?? []).filter((name) => drops.includes(name));
  if (kept.length > 0) {
    return blocking(id, "Our user may not drop all tables of the destination", {
      detail: someOf(kept),
      remedy: "Connect as the owner of the tables, or as a member of the owning role.",
    });
  }
  if (survey.mayCreate === false) {
    return blocking(id, "Our user may not create tables in the destination", {
      remedy: "Grant CREATE on the schema to our user, as the service's own user has it.",
    });
  }
  return rightsPass(id, side, survey.undroppable !== null && survey.mayCreate !== null);
}

function rightsPass(id: string, side: Side, isKnown: boolean): Finding {
  if (isKnown) return pass(id, `Our user has the rights that the ${side} needs`);
  return warning(id, `Our user's rights on the ${side} cannot be read`, {
    detail: "A missing one shows as a refusal when it is needed, before any cell is copied.",
  });
}

/** Whether the store's transactions can be read, and S be committed. Source: atlasdb-facts F.2, F.3 */
export function judgeCoordination(side: Side, { coordination }: StoreSurvey): Finding {
  const id = `move.coordination.${side}`;
  switch (coordination.state) {
    case "not-used":
      return pass(id, `The ${side} has transactions of schema 1, as every relational store`);
    case "absent":
      return pass(id, `The ${side} has no _coordination yet, which means schema 1`);
    case "read":
      return pass(id, `The ${side}'s _coordination names the schemas ${coordination.schemas.join(", ")}`);
    case "unreadable":
      return blocking(id, `The ${side}'s _coordination cannot be read with certainty`, {
        detail: coordination.message,
        remedy:
          "Which transactions committed would be a guess. Look at the table with AtlasDB's own tools first.",
      });
  }
}

/** Whether the destination can hold every table under a name of its own. `check` is the sink's. Source: atlasdb-facts G.7 (H38) */
export function judgeNames(
  create: readonly (NewTable & { readonly physicalName: string })[],
  destination: StoreSurvey,
  check: (tables: readonly NewTable[]) => void,
): Finding {
  const id = "move.names";
  try {
    check(create);
  } catch (error) {
    if (!(error instanceof AdapterError || error instanceof AppError)) throw error;
    return blocking(id, "The destination cannot hold all tables", {
      detail: error.message,
      remedy: "Choose another kind of destination, or rename the table in the service before the move.",
    });
  }
  const strangers = new Set(destination.strangers.map((name) => name.toLowerCase()));
  const taken = create.filter(({ physicalName }) => strangers.has(physicalName.toLowerCase()));
  if (taken.length === 0) return pass(id, "Every table has a name of its own in the destination");
  return blocking(id, "Names are taken in the destination by tables that AtlasDB does not list", {
    detail: someOf(taken.map(({ name, physicalName }) => `${name} (${physicalName})`)),
    remedy: "Look what they are. Choose another schema, database or keyspace, or drop them by hand.",
  });
}

/** Whether the source has metadata for all that is created; decided before anything is dropped. Source: atlasdb-facts G.4 */
export function judgeMetadata(without: readonly string[]): Finding {
  const id = "move.metadata";
  if (without.length === 0) return pass(id, "The source has metadata for every table");
  return blocking(id, "The source has no metadata for some tables", {
    detail: someOf(without),
    remedy:
      "Let the service start once on the source, so that AtlasDB completes them, or drop what was left behind.",
  });
}

/** Whether an interrupted migration of AtlasDB's own left its checkpoints. Source: atlasdb-facts F.4, runbooks section 1 */
export function judgeLeftOver(source: StoreSurvey, destination: StoreSurvey): readonly Finding[] {
  const has = ({ tables }: StoreSurvey) => tables.some(({ name }) => name === MIGRATOR_CHECKPOINT_TABLE);
  return [
    ...(has(source)
      ? [
          attestable(
            unknown("move.left-over.source", "The source may be an unfinished copy itself", {
              detail: `It holds ${MIGRATOR_CHECKPOINT_TABLE}, which AtlasDB's migrator drops only after full success.`,
              remedy: "Find out whether that migration was finished. An unfinished copy lacks data.",
            }),
            "The source is complete: the service has run on it since",
          ),
        ]
      : []),
    ...(has(destination)
      ? [
          warning("move.left-over.destination", "An interrupted migration was left in the destination", {
            detail: `It holds ${MIGRATOR_CHECKPOINT_TABLE}. AtlasDB's migrator cannot resume it safely; the setup drops it and starts over.`,
          }),
        ]
      : []),
  ];
}

/** What is lost in the destination. */
export function judgeDrops(dropped: readonly DroppedTable[]): Finding {
  const id = "move.drops";
  if (dropped.length === 0) return pass(id, "No table of the destination is dropped");
  const filled = dropped.filter(({ versions }) => versions !== 0);
  if (filled.length === 0)
    return pass(id, `${dropped.length} tables of the destination are dropped, all of them empty`);
  const words = filled.map(({ name, versions }) => `${name} (${versions ?? "unknown"} rows)`);
  return warning(id, `${filled.length} tables of the destination are dropped with what they hold`, {
    detail: `${someOf(words)}. Only a backup brings them back.`,
  });
}

/** Whether something is not settled in the source. Looks at samples: none found is no proof. Source: atlasdb-facts F.7, H36 */
export function judgeOpenTransactions(
  { serverTransactions }: StoreSurvey,
  probes: ReadonlyMap<string, TableProbe>,
): readonly Finding[] {
  const all = [...probes].filter(([, { uncommitted }]) => uncommitted.length > 0);
  const looked = [...probes.values()].reduce((sum, probe) => sum + probe.looked, 0);
  const starts = [...new Set(all.flatMap(([, { uncommitted }]) => uncommitted))];
  const inData =
    starts.length === 0
      ? pass("move.open-transactions", `Every one of ${looked} versions looked at is settled`)
      : warning(
          "move.open-transactions",
          `The source holds writes of ${starts.length} unfinished transactions`,
          {
            detail: `Among ${looked} versions looked at, in ${someOf(all.map(([name]) => name))}; starts ${someOf(starts.map(String))}. A running service has some; once it is stopped they are those of writers that died. They are not copied, and are counted by reason.`,
          },
        );
  return [inData, ...judgeServerTransactions(serverTransactions)];
}

function judgeServerTransactions(found: StoreSurvey["serverTransactions"]): readonly Finding[] {
  if (found === null) return [];
  const id = "move.server-transactions";
  if (found.prepared > 0) {
    return [
      blocking(id, `The source's server holds ${found.prepared} prepared transactions`, {
        detail: "They outlive their sessions and may still commit into tables that were copied already.",
        remedy: "Commit them or roll them back (pg_prepared_xacts lists them), then assess again.",
      }),
    ];
  }
  if (found.writing === null) {
    return [
      warning(id, "Whether sessions are writing to the source's database is hidden from our user", {
        detail:
          "Grant pg_read_all_stats to see it. All of the service's must have ended before the copy begins.",
      }),
    ];
  }
  return found.writing === 0
    ? [pass(id, "No session is writing to the source's database just now")]
    : [
        warning(WRITING_SESSIONS, `${found.writing} sessions are writing to the source's database just now`, {
          detail: "All of the service's must have ended before the copy begins.",
        }),
      ];
}

/** Whether there is anything to copy at all. */
export function judgeContent(copied: readonly string[], dropped: readonly DroppedTable[]): Finding {
  const id = "move.content";
  if (copied.length > 0) return pass(id, `${copied.length} tables are copied`);
  return blocking(id, "The source has no table to copy", {
    detail: dropped.length === 0 ? null : "The destination has some: source and destination may be swapped.",
    remedy: "Check both addresses, and the names of the chosen tables.",
  });
}
