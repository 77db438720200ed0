"use client";

import { ExternalLink } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useId, useState } from "react";

import { STORE_KIND_WORDS } from "#components/inventory/store-words.ts";
import { ChoiceCards } from "#components/migrations/choice-cards.tsx";
import { destinationsOf, type OfferedStore } from "#components/migrations/destinations.ts";
import type { WizardForm } from "#components/migrations/wizard-form.ts";
import { Callout } from "#components/ui/callout.tsx";
import { cn } from "#components/ui/cn.ts";
import { Input } from "#components/ui/input.tsx";
import { StateIcon } from "#components/ui/state-mark.tsx";

interface DestinationChoiceProps {
  form: WizardForm;
  error: string | undefined;
  mayAddStore: boolean;
}

/* With more stores than this the list is searched, not read. */
const SEARCHED_FROM = 8;

/** Which store the data is moved to. What is not possible is shown too, with the reason and the way out. */
export function DestinationChoice({ form, error, mayAddStore }: DestinationChoiceProps) {
  const [asked, setAsked] = useState("");
  const name = useId();
  useNewestStores();
  const { service, stores, destination } = form;
  if (service === undefined) return null;
  const offers = destinationsOf(stores, service);
  const wanted = asked.trim().toLowerCase();
  const shown = offers.filter(
    ({ store }) =>
      store.id === destination?.id || `${store.name} ${store.place}`.toLowerCase().includes(wanted),
  );
  return (
    <fieldset className="flex min-w-0 flex-col gap-2" aria-describedby={error && `${name}-error`}>
      <legend className="mb-1.5 text-sm font-medium text-ink">Store to move to</legend>
      {offers.length > SEARCHED_FROM && (
        <Input
          aria-label="Find a store by name or address"
          placeholder="Find by name or address"
          value={asked}
          onChange={(event) => setAsked(event.target.value)}
          className="max-w-xs"
        />
      )}
      <ul
        className={cn(
          "flex flex-col divide-y divide-line overflow-hidden rounded-lg border border-line-strong/60",
          offers.length > SEARCHED_FROM && "max-h-96 overflow-y-auto",
        )}
      >
        {shown.map((offer) => (
          <li key={offer.store.id}>
            <StoreOption
              offer={offer}
              name={name}
              checked={offer.store.id === destination?.id}
              onChange={() => form.setStore(offer.store.id)}
            />
          </li>
        ))}
        {shown.length === 0 && <li className="p-3 text-sm text-ink-muted">No store is called so.</li>}
      </ul>
      {error !== undefined && (
        <p id={`${name}-error`} className="flex items-start gap-1.5 text-sm text-blocked">
          <StateIcon state="blocked" label={null} className="mt-0.5" />
          {error}
        </p>
      )}
      <p className="text-sm text-ink-muted">
        {offers.every(({ impossible }) => impossible !== null) &&
          "This environment has no store to move to yet. "}
        <AddStore environmentId={service.environment.id} mayAddStore={mayAddStore} />
      </p>
    </fieldset>
  );
}

interface StoreOptionProps {
  offer: OfferedStore;
  name: string;
  checked: boolean;
  onChange: () => void;
}

function StoreOption({ offer: { store, impossible, flag }, name, checked, onChange }: StoreOptionProps) {
  const id = `${name}-${store.id}`;
  return (
    <div
      className={cn(
        "relative flex items-start gap-3 px-3 py-2.5",
        impossible === null && "hover:bg-hover/60 has-checked:bg-accent-soft",
      )}
    >
      <input
        id={id}
        type="radio"
        name={name}
        value={store.id}
        checked={checked}
        disabled={impossible !== null}
        aria-describedby={`${id}-place`}
        onChange={onChange}
        className="mt-0.75 size-4 shrink-0 accent-accent-solid"
      />
      <div className="min-w-0">
        <label
          htmlFor={id}
          className={cn(
            "text-base font-medium wrap-anywhere text-ink",
            impossible === null ? "after:absolute after:inset-0 after:cursor-pointer" : "text-ink-muted",
          )}
        >
          {store.name}
        </label>
        <div id={`${id}-place`} className="text-sm text-ink-muted">
          <p>
            {STORE_KIND_WORDS[store.kind]} at <span className="font-mono wrap-anywhere">{store.place}</span>
          </p>
          {flag !== null && (
            <p className="flex items-start gap-1.5 text-warning">
              <StateIcon state="warning" label={null} className="mt-0.5" />
              {flag}
            </p>
          )}
          {impossible !== null && (
            <p>
              <span className="font-medium text-ink">Not possible: </span>
              {impossible.because} <span className="font-medium text-ink">Instead: </span>
              {impossible.instead}
            </p>
          )}
        </div>
      </div>
    </div>
  );
}

/** A new store is added in a tab of its own, so that nothing that was chosen here is lost. */
function AddStore({ environmentId, mayAddStore }: { environmentId: string; mayAddStore: boolean }) {
  if (!mayAddStore) return "An administrator of this environment can add one.";
  return (
    <a
      href={`/stores/new?environment=${environmentId}`}
      target="_blank"
      rel="noreferrer"
      className="inline-flex items-center gap-1 text-accent underline underline-offset-2"
    >
      Add another store in a new tab
      <ExternalLink aria-hidden className="size-3.5" />
    </a>
  );
}

/** When the person comes back from adding a store, it is in the list. */
function useNewestStores(): void {
  const router = useRouter();
  useEffect(() => {
    const back = () => document.visibilityState === "visible" && router.refresh();
    document.addEventListener("visibilitychange", back);
    return () => document.removeEventListener("visibilitychange", back);
  }, [router]);
}

const TIMESTAMPS = [
  {
    id: "embedded",
    title: "Its own bound, in the new store",
    description: "The service stays embedded. Its bound is raised there before the first cell is copied.",
  },
  {
    id: "timelock",
    title: "TimeLock",
    description: "Its nodes are configured for the new store and for TimeLock in one go.",
  },
];

/** Where the service takes its timestamps from afterwards. */
export function TimestampsChoice({ form }: { form: WizardForm }) {
  if (form.service?.timestampSource === "timelock") {
    return (
      <Callout state="note" live={false} title="Timestamps stay on TimeLock">
        To leave TimeLock is a migration of its own, before or after this one.
      </Callout>
    );
  }
  return (
    <ChoiceCards
      legend="Where its timestamps come from afterwards"
      choices={TIMESTAMPS}
      value={form.timestamps}
      onChange={(id) => form.setTimestamps(id === "timelock" ? "timelock" : "embedded")}
    />
  );
}
