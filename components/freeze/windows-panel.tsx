"use client";

import { Plus, X } from "lucide-react";
import { useState } from "react";

import type { FreezeActions } from "#components/freeze/freeze-actions.ts";
import { WindowDialog } from "#components/freeze/window-dialog.tsx";
import { useAction, type Action } from "#components/live/use-action.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";
import type { StartsDto, WindowDto } from "#lib/freeze/schema.ts";

interface WindowsPanelProps {
  starts: StartsDto;
  actions: FreezeActions;
}

/** When new work may start: open windows let it in, closed ones keep it out and win. */
export function WindowsPanel({ starts, actions }: WindowsPanelProps) {
  const [adding, setAdding] = useState(false);
  const { environment, windows, canChangeWindows, status, freeze } = starts;
  return (
    <Card aria-label="Maintenance windows">
      <CardHeader
        title="Maintenance windows"
        description="Where there is an open window, new work starts only inside one. Inside a closed one nothing new starts, whatever else is open."
        actions={
          canChangeWindows && (
            <Button onClick={() => setAdding(true)}>
              <Plus aria-hidden />
              Add a window
            </Button>
          )
        }
      />
      <CardBody className="flex flex-col gap-3">
        {!status.open && freeze === null && (
          <Callout state="note" live={false}>
            {status.because}
          </Callout>
        )}
        {windows.length === 0 ? (
          <p className="text-ink-muted">None: new work may start at any time.</p>
        ) : (
          <ul className="flex flex-col divide-y divide-line">
            {windows.map((window) => (
              <Window
                key={window.id}
                window={window}
                removable={canChangeWindows}
                removeWindow={actions.removeWindow}
              />
            ))}
          </ul>
        )}
      </CardBody>
      <WindowDialog
        environment={environment}
        add={actions.addWindow}
        open={adding}
        onOpenChange={setAdding}
      />
    </Card>
  );
}

interface WindowProps {
  window: WindowDto;
  removable: boolean;
  removeWindow: Action;
}

function Window({ window, removable, removeWindow }: WindowProps) {
  const [asking, setAsking] = useState(false);
  const { run, pending, failure, clear } = useAction(removeWindow, () => setAsking(false));
  const { kind, words, note, active, addedBy } = window;
  return (
    <li className="flex items-start gap-3 py-2.5 first:pt-0 last:pb-0">
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-ink">
          <Badge tone={kind === "open" ? "accent" : "outline"}>{kind}</Badge>
          <span className="tabular">{words}</span>
          {active && <span className="text-sm font-medium text-running">on now</span>}
        </p>
        <p className="text-sm break-words text-ink-muted">
          {note === "" ? `Added by ${addedBy}` : `${note} (${addedBy})`}
        </p>
      </div>
      {removable && (
        <Button
          variant="ghost"
          size="icon"
          aria-label={`Remove the window ${words}`}
          onClick={() => setAsking(true)}
        >
          <X aria-hidden />
        </Button>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={(open) => {
          clear();
          setAsking(open);
        }}
        title="Remove the window"
        description={`${kind === "open" ? "Open" : "Closed"}: ${words}. It stays in the audit log.`}
        pending={pending}
        error={failure?.message ?? null}
        onConfirm={() => run({ windowId: window.id })}
      />
    </li>
  );
}
