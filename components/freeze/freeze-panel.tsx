"use client";

import { Snowflake } from "lucide-react";
import { useState } from "react";

import { BLOCKS, NEVER_BLOCKS } from "#components/freeze/freeze-words.ts";
import type { Action } from "#components/live/use-action.ts";
import { Time } from "#components/live/time.tsx";
import { ReasonDialog } from "#components/migrations/reason-dialog.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import type { StartsDto } from "#lib/freeze/schema.ts";

interface FreezePanelProps {
  starts: StartsDto;
  setFreeze: Action;
}

/** The switch that stops new work in an environment at once, and what it stops. */
export function FreezePanel({ starts, setFreeze }: FreezePanelProps) {
  const [open, setOpen] = useState(false);
  const { environment, freeze, canFreeze, canLift } = starts;
  const frozen = freeze !== null;
  const may = frozen ? canLift : canFreeze;
  const title = frozen ? `Lift the freeze of ${environment.name}` : `Freeze ${environment.name}`;
  return (
    <Card aria-label="Freeze">
      <CardHeader
        title="Freeze"
        actions={
          <>
            {frozen ? (
              <Badge tone="outline" className="border-running-line bg-running-soft text-running">
                <Snowflake aria-hidden />
                frozen
              </Badge>
            ) : (
              <Badge>not frozen</Badge>
            )}
            {may && <Button onClick={() => setOpen(true)}>{title}…</Button>}
          </>
        }
      />
      <CardBody className="flex flex-col gap-4">
        {frozen && (
          <p className="text-ink">
            {freeze.by} froze it <Time at={freeze.since} mode="absolute" />: “{freeze.reason}”
          </p>
        )}
        <Effects />
      </CardBody>
      <ReasonDialog
        open={open}
        onOpenChange={setOpen}
        title={title}
        description={frozen ? "New work may start again, unless a window stands against it." : <Effects />}
        action={setFreeze}
        input={{ environmentId: environment.id, frozen: !frozen }}
        blockedBecause={null}
      />
    </Card>
  );
}

function Effects() {
  return (
    <KeyValues
      items={[
        { label: "It stops", value: BLOCKS },
        { label: "It never stops", value: NEVER_BLOCKS },
      ]}
    />
  );
}
