"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { bytesWords, countWords, secondsWords } from "#components/copy/copy-words.ts";
import {
  countsByFate,
  FATE_WORDS,
  FATES,
  fateLine,
  plannedTables,
  type FateFilter,
} from "#components/copy/table-fates.ts";
import { TableFinder } from "#components/copy/table-finder.tsx";
import { Age } from "#components/live/age.tsx";
import { Section } from "#components/migrations/section.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import { moveTablesQuery } from "#lib/migrations/queries.ts";
import type { MoveTables } from "#lib/mover/schema.ts";

interface TablesOfMoveProps {
  migrationId: string;
  version: number;
  /** What is looked at first: everything, or what goes away. */
  first?: FateFilter;
}

/** The tables of a migration that moves some; read once, apart from what is read again and again. */
export function TablesOfMove({ migrationId, version, first }: TablesOfMoveProps) {
  const { data, error } = useQuery(moveTablesQuery(migrationId, version));
  if (data === null) return null;
  if (data !== undefined) return <TablesPanel tables={data} {...(first !== undefined && { first })} />;
  return (
    <Section title="Tables">
      {error === null ? (
        <p className="text-sm text-ink-muted">The tables are being read.</p>
      ) : (
        <Callout state="unknown" title="The tables of the plan could not be read">
          {error.message} Load the page again before you decide on them.
        </Callout>
      )}
    </Section>
  );
}

/* More rows than this only on request: a store may have a thousand tables. */
const FIRST_SHOWN = 12;
const MORE_SHOWN = 200;
const SEARCHED_FROM = 8;

interface TablesPanelProps {
  tables: MoveTables;
  first?: FateFilter;
}

/** What becomes of each table and why, with what is known of its size; the drop list is part of what is approved. */
export function TablesPanel({ tables, first = "all" }: TablesPanelProps) {
  const counts = countsByFate(tables);
  const [filter, setFilter] = useState<FateFilter>(counts[first] > 0 ? first : "all");
  const [asked, setAsked] = useState("");
  const [most, setMost] = useState(FIRST_SHOWN);
  const shown = plannedTables(tables, filter, asked);
  const choices = FATES.filter(({ id }) => id === "all" || counts[id] > 0).map(({ id, label }) => ({
    id,
    label: `${label} ${countWords(counts[id])}`,
  }));
  return (
    <Section
      title="Tables"
      aside={
        <span className="text-sm text-ink-muted">
          {tables.estimatedAt === null ? (
            "sizes are kept with the assessment"
          ) : (
            <>
              sizes are estimates, read <Age readAt={tables.estimatedAt} />
            </>
          )}
        </span>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="max-w-4xl text-sm text-ink-muted">{fateLine(tables)}</p>
        {tables.tables.length > SEARCHED_FROM && (
          <TableFinder
            choices={choices}
            filter={filter}
            onFilter={setFilter}
            asked={asked}
            onAsked={setAsked}
          />
        )}
        <PlanTable rows={shown.slice(0, most)} empty={tables.tables.length === 0} />
        {shown.length > most && (
          <div className="flex flex-wrap items-center gap-3 text-sm text-ink-muted">
            <Button size="sm" onClick={() => setMost(most + MORE_SHOWN)}>
              Show {Math.min(MORE_SHOWN, shown.length - most)} more
            </Button>
            <span>
              {countWords(most)} of {countWords(shown.length)} shown
            </span>
          </div>
        )}
      </div>
    </Section>
  );
}

function PlanTable({ rows, empty }: { rows: readonly MoveTables["tables"][number][]; empty: boolean }) {
  return (
    <Table label="Tables of the plan">
      <TableHead>
        <TableRow>
          <TableHeader>Table</TableHeader>
          <TableHeader>What becomes of it</TableHeader>
          <TableHeader numeric className="max-sm:hidden">
            Cells
          </TableHeader>
          <TableHeader numeric className="max-sm:hidden">
            Size
          </TableHeader>
          <TableHeader numeric className="max-sm:hidden">
            Time
          </TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {rows.map((table) => (
          <Row key={table.name} table={table} />
        ))}
        {rows.length === 0 && (
          <TableRow>
            <TableCell colSpan={5} className="text-ink-muted">
              {empty ? "Neither store has a table." : "No table of this kind is called so."}
            </TableCell>
          </TableRow>
        )}
      </TableBody>
    </Table>
  );
}

function Row({ table }: { table: MoveTables["tables"][number] }) {
  const { name, fate, reason, replaces } = table;
  const { count, size, time } = sizeWords(table);
  const known = [table.cells === null ? count : `${count} cells`, size, time].filter((one) => one !== null);
  return (
    <TableRow>
      <TableCell className="max-w-80 min-w-28 sm:min-w-40">
        <span className="font-mono wrap-anywhere text-ink">{name}</span>
      </TableCell>
      <TableCell className="sm:min-w-56">
        <span className="flex flex-wrap items-center gap-1.5">
          {(fate === "dropped" || replaces) && (
            <StateIcon state="warning" label={null} className="size-3.5" />
          )}
          <span className="font-medium text-ink">{FATE_WORDS[fate]}</span>
          {replaces && <Badge tone="outline">drops the one there</Badge>}
        </span>
        <span className="block text-ink-muted">{reason}</span>
        <span className="tabular block text-ink sm:hidden">
          {known.length === 0 ? "size not known" : known.join(", ")}
        </span>
      </TableCell>
      <Size>{count}</Size>
      <Size>{size}</Size>
      <Size>{time}</Size>
    </TableRow>
  );
}

function sizeWords({ versions, cells, bytes, duration }: MoveTables["tables"][number]) {
  const ofVersions = versions === null ? null : `${countWords(versions)} versions`;
  return {
    count: cells === null ? ofVersions : countWords(cells),
    size: bytes === null ? null : bytesWords(bytes),
    time: duration === null ? null : secondsWords(duration),
  };
}

/** An estimate; one that is not known is neither zero nor nothing. */
function Size({ children }: { children: string | null }) {
  return (
    <TableCell numeric className="whitespace-nowrap max-sm:hidden">
      {children ?? (
        <span className="text-ink-faint" title="Not known">
          –<span className="sr-only">not known</span>
        </span>
      )}
    </TableCell>
  );
}
