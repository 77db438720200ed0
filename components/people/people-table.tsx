"use client";

import { EllipsisVertical, X } from "lucide-react";
import { useState } from "react";

import { Time } from "#components/live/time.tsx";
import {
  environmentWords,
  type EnvironmentChoice,
  type PeopleActions,
} from "#components/people/people-actions.ts";
import { PersonDialogs, type PersonDialog } from "#components/people/person-dialogs.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { DropdownMenu, MenuItem } from "#components/ui/dropdown-menu.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { PersonDto } from "#lib/people/schema.ts";

interface PeopleTableProps {
  people: readonly PersonDto[];
  environments: readonly EnvironmentChoice[];
  actions: PeopleActions;
  canChange: boolean;
}

type Opened = { readonly personId: string; readonly dialog: PersonDialog };

export function PeopleTable({ people, environments, actions, canChange }: PeopleTableProps) {
  const [opened, setOpened] = useState<Opened | null>(null);
  const person = people.find(({ id }) => id === opened?.personId);
  return (
    <>
      <Table label="People">
        <TableHead>
          <TableRow>
            <TableHeader>Person</TableHeader>
            <TableHeader>Roles</TableHeader>
            <TableHeader>State</TableHeader>
            <TableHeader>Last seen</TableHeader>
            {canChange && (
              <TableHeader>
                <span className="sr-only">Actions</span>
              </TableHeader>
            )}
          </TableRow>
        </TableHead>
        <TableBody>
          {people.map((one) => (
            <PersonRow
              key={one.id}
              person={one}
              environments={environments}
              canChange={canChange}
              open={(dialog) => setOpened({ personId: one.id, dialog })}
            />
          ))}
        </TableBody>
      </Table>
      {opened !== null && person !== undefined && (
        <PersonDialogs
          person={person}
          dialog={opened.dialog}
          environments={environments}
          actions={actions}
          onClose={() => setOpened(null)}
          onLink={(link) => setOpened({ personId: person.id, dialog: { kind: "link", link } })}
        />
      )}
    </>
  );
}

interface PersonRowProps {
  person: PersonDto;
  environments: readonly EnvironmentChoice[];
  canChange: boolean;
  open: (dialog: PersonDialog) => void;
}

function PersonRow({ person, environments, canChange, open }: PersonRowProps) {
  return (
    <TableRow>
      <TableCell>
        <p className="font-medium text-ink">{person.name}</p>
        <p className="text-ink-muted">{person.email}</p>
      </TableCell>
      <TableCell>
        <Grants person={person} environments={environments} canChange={canChange} open={open} />
      </TableCell>
      <TableCell>
        <PersonState person={person} />
      </TableCell>
      <TableCell>
        {person.lastSeenAt === null ? (
          <span className="text-ink-faint">no open session</span>
        ) : (
          <Time at={person.lastSeenAt} />
        )}
      </TableCell>
      {canChange && (
        <TableCell numeric>
          <PersonMenu person={person} open={open} />
        </TableCell>
      )}
    </TableRow>
  );
}

function Grants({ person, environments, canChange, open }: PersonRowProps) {
  if (person.grants.length === 0) return <span className="text-ink-faint">none: sees nothing</span>;
  return (
    <ul className="flex flex-wrap gap-1.5">
      {person.grants.map((grant) => {
        const words = `${grant.role} on ${environmentWords(grant.environmentId, environments)}`;
        return (
          <li key={grant.id}>
            <Badge tone={grant.role === "administrator" ? "accent" : "neutral"}>
              {words}
              {grant.fromProvider && <span className="font-normal">(provider)</span>}
              {canChange && !grant.fromProvider && (
                <button
                  type="button"
                  aria-label={`Revoke ${words} from ${person.name}`}
                  className="-mr-1 grid size-6 place-items-center rounded-sm hover:bg-hover"
                  onClick={() => open({ kind: "revoke", grant })}
                >
                  <X aria-hidden />
                </button>
              )}
            </Badge>
          </li>
        );
      })}
    </ul>
  );
}

function PersonState({ person }: { person: PersonDto }) {
  const words = [
    person.deactivatedAt !== null
      ? "deactivated"
      : person.hasPassword || person.hasProvider
        ? "active"
        : "invited, no password yet",
    ...(person.hasProvider ? ["single sign-on"] : []),
    ...(person.hasSecondFactor ? ["second factor"] : []),
    ...(person.sandbox ? ["sandbox only"] : []),
    ...(person.sessions > 0 ? [`${person.sessions} ${person.sessions === 1 ? "session" : "sessions"}`] : []),
  ];
  return (
    <span className={person.deactivatedAt === null ? "text-ink" : "text-ink-faint"}>{words.join(", ")}</span>
  );
}

function PersonMenu({ person, open }: { person: PersonDto; open: (dialog: PersonDialog) => void }) {
  const isActive = person.deactivatedAt === null;
  return (
    <DropdownMenu
      trigger={
        <Button variant="ghost" size="icon" aria-label={`Actions for ${person.name}`}>
          <EllipsisVertical aria-hidden />
        </Button>
      }
    >
      <MenuItem onSelect={() => open({ kind: "grant" })}>Grant a role</MenuItem>
      {isActive && <MenuItem onSelect={() => open({ kind: "make-link" })}>Make a password link</MenuItem>}
      {person.sessions > 0 && (
        <MenuItem onSelect={() => open({ kind: "revokeSessions" })}>End all sessions</MenuItem>
      )}
      {person.hasSecondFactor && (
        <MenuItem onSelect={() => open({ kind: "resetSecondFactor" })}>Reset the second factor</MenuItem>
      )}
      {isActive ? (
        <MenuItem onSelect={() => open({ kind: "deactivate" })}>Deactivate</MenuItem>
      ) : (
        <MenuItem onSelect={() => open({ kind: "reactivate" })}>Reactivate</MenuItem>
      )}
    </DropdownMenu>
  );
}
