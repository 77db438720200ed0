"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";

import { StartsBanner } from "#components/freeze/starts-banner.tsx";
import { useAction, type Action } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { missingWords, useWizardForm, type WizardForm } from "#components/migrations/wizard-form.ts";
import { PreviewPanel } from "#components/migrations/preview-panel.tsx";
import { TargetChoice } from "#components/migrations/target-choice.tsx";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import type { StartsStatus } from "#lib/freeze/schema.ts";
import type { MigrationPreview } from "#lib/migrations/schema.ts";
import type { StoreKind } from "#lib/stores/schema.ts";

export interface WizardService {
  id: string;
  name: string;
  environment: { id: string; name: string; tier: string; colour: string };
  /** "postgres store orders-db, embedded timestamps" */
  description: string;
  timestampSource: "embedded" | "timelock";
  namespace: string | null;
  clusterId: string | null;
  canOperate: boolean;
  storeId: string;
}

/** A store of the inventory as a place to move to. */
export interface WizardStore {
  id: string;
  name: string;
  environmentId: string;
  kind: StoreKind;
  /** Where it is, without secrets. */
  place: string;
  /** Of Cassandra; null elsewhere. */
  keyspace: string | null;
  /** Names of the services that keep their data there. */
  usedBy: readonly { id: string; name: string }[];
}

export interface WizardRunbook {
  id: string;
  title: string;
  description: string;
  /** What is chosen besides the service. */
  asks: "cluster-and-namespace" | "new-namespace" | "destination-store" | "nothing";
  /** Where a service takes its timestamps from for this to be offered. */
  offeredTo: readonly WizardService["timestampSource"][];
  /** What it means for a service that is already where this leads; null where it is not offered to such a one. */
  mends: { source: WizardService["timestampSource"]; summary: string } | null;
}

export interface NewMigrationProps {
  /** Whether new work may start in the environments of the services. */
  starts: readonly { environment: { id: string; name: string }; status: StartsStatus }[];
  services: readonly WizardService[];
  clusters: readonly { id: string; name: string; environmentId: string }[];
  stores: readonly WizardStore[];
  /** Environments in which this person may add a store. */
  mayAddStores: readonly string[];
  runbooks: readonly WizardRunbook[];
  initialServiceId: string | null;
  initialRunbook: string | null;
  initialDestinationId: string | null;
  preview: Action<MigrationPreview>;
  create: Action<{ id: string }>;
}

/** Which service goes where, what the systems say about it now, and only then the migration itself. */
export function NewMigration(props: NewMigrationProps) {
  const form = useWizardForm(props);
  const { service, values } = form;
  const router = useRouter();
  const [seen, setSeen] = useState<{ key: string; preview: MigrationPreview; at: string } | null>(null);
  const key = Object.values(values).join("\n");
  const checking = useAction(props.preview, (preview) =>
    setSeen({ key, preview, at: new Date().toISOString() }),
  );
  const creating = useAction(props.create, ({ id }) => router.push(`/migrations/${id}`));
  const missing = missingWords(form);
  const preview = seen?.key === key ? seen : null;
  return (
    <div className="flex flex-col gap-4">
      <ServiceChoice services={props.services} form={form} />
      {props.starts
        .filter(({ environment }) => environment.id === service?.environment.id)
        .map(({ environment, status }) => (
          <StartsBanner key={environment.id} environment={environment} status={status} />
        ))}
      {service !== undefined && (
        <TargetChoice
          form={form}
          fields={checking.failure?.fields ?? {}}
          mayAddStore={props.mayAddStores.includes(service.environment.id)}
        />
      )}
      <Card aria-label="What the systems say" className="flex flex-col gap-4 p-4">
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <h2 className="text-base font-semibold">What the systems say</h2>
          <Button
            variant={preview === null ? "primary" : "secondary"}
            pending={checking.pending}
            blockedBecause={missing}
            onClick={() => checking.run(values)}
          >
            {preview === null ? "Read the systems" : "Read the systems again"}
          </Button>
        </div>
        <p className="text-sm text-ink-muted">
          {seen !== null && preview === null
            ? "The choice above changed. Read the systems again for it."
            : "Everything is read live. Nothing is changed or created yet."}
        </p>
        <ActionFailureCallout failure={checking.failure} />
        {preview !== null && <PreviewPanel preview={preview.preview} readAt={preview.at} />}
      </Card>
      {preview !== null && (
        <div className="flex flex-col items-end gap-3">
          <ActionFailureCallout failure={creating.failure} />
          <Button
            variant="primary"
            size="lg"
            pending={creating.pending}
            blockedBecause={
              preview.preview.canCreate
                ? null
                : (preview.preview.blockedBecause ?? "What blocks above must be mended first.")
            }
            onClick={() => creating.run(values)}
            className="max-sm:w-full"
          >
            Open the migration of {service?.name}
          </Button>
          <p className="text-sm text-ink-muted">Opening changes no system. The first step assesses again.</p>
        </div>
      )}
    </div>
  );
}

function ServiceChoice({ services, form }: { services: readonly WizardService[]; form: WizardForm }) {
  const groups = Map.groupBy(services, (service) => service.environment.name);
  return (
    <Card className="flex flex-col gap-3 p-4">
      <Field
        label="Service"
        hint={form.service?.description ?? "The AtlasDB client that changes its source of timestamps."}
      >
        <Select value={form.values.serviceId} onChange={(event) => form.choose(event.target.value)}>
          <option value="">Choose a service</option>
          {[...groups].map(([environment, members]) => (
            <optgroup key={environment} label={environment}>
              {members.map((service) => (
                <option key={service.id} value={service.id}>
                  {service.name}
                </option>
              ))}
            </optgroup>
          ))}
        </Select>
      </Field>
    </Card>
  );
}
