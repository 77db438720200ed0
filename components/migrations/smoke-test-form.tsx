"use client";

import { useState } from "react";

import { useAction, type Action } from "#components/live/use-action.ts";
import { ActionFailureCallout } from "#components/migrations/action-failure.tsx";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";

interface SmokeTestFormProps {
  seen: { migrationId: string; stepId: string; seenVersion: number };
  record: Action;
  blockedBecause: string | null;
}

/** What was tried on the started service, and whether it worked. */
export function SmokeTestForm({ seen, record, blockedBecause }: SmokeTestFormProps) {
  const [tried, setTried] = useState("");
  const [recorded, setRecorded] = useState<"passed" | "failed" | null>(null);
  const { run, pending, failure } = useAction(record);
  const empty = tried.trim() === "" ? "Say what was tried first." : null;
  const send = (passed: boolean) => {
    setRecorded(passed ? "passed" : "failed");
    run({ ...seen, tried, passed });
  };
  return (
    <div className="flex flex-col gap-3">
      <Field
        label="What was tried"
        hint="A read and a write that matter to this service, and what they answered."
        error={failure?.fields["tried"]}
      >
        <Textarea rows={3} value={tried} onChange={(event) => setTried(event.target.value)} />
      </Field>
      <ActionFailureCallout failure={failure} />
      {recorded !== null && !pending && failure === null && (
        <Callout state={recorded === "passed" ? "pass" : "warning"}>
          {recorded === "passed"
            ? "The smoke test is recorded as passed."
            : "The smoke test is recorded as failed."}
        </Callout>
      )}
      <div className="flex flex-wrap gap-2">
        <Button pending={pending} blockedBecause={blockedBecause ?? empty} onClick={() => send(true)}>
          Record that it worked
        </Button>
        <Button
          variant="ghost"
          pending={pending}
          blockedBecause={blockedBecause ?? empty}
          onClick={() => send(false)}
        >
          Record that it failed
        </Button>
      </div>
    </div>
  );
}
