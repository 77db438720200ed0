"use client";

import { ChoiceBar } from "#components/copy/choice-bar.tsx";
import { Input } from "#components/ui/input.tsx";

interface TableFinderProps<Id extends string> {
  choices: readonly { readonly id: Id; readonly label: string }[];
  filter: Id;
  onFilter: (id: Id) => void;
  asked: string;
  onAsked: (asked: string) => void;
}

/** Narrows a long list of tables by what they are and by their names. */
export function TableFinder<Id extends string>(props: TableFinderProps<Id>) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <ChoiceBar
        label="Which tables"
        choices={props.choices}
        value={props.filter}
        onChange={props.onFilter}
      />
      <Input
        aria-label="Find a table by name"
        placeholder="Find by name"
        value={props.asked}
        onChange={(event) => props.onAsked(event.target.value)}
        className="w-48 max-sm:w-full"
      />
    </div>
  );
}
