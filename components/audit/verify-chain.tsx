"use client";

import { ShieldCheck } from "lucide-react";
import { useState } from "react";

import { fetchBatch, verifyLog, type VerifyProgress } from "#components/audit/verify-log.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { ChainVerdict } from "#lib/audit/verify-chain.ts";

type Verification =
  | { readonly state: "running"; readonly progress: VerifyProgress | null }
  | { readonly state: "over"; readonly verdict: ChainVerdict }
  | { readonly state: "broken-off"; readonly because: string };

/** Reads the whole log and recomputes its chain in this browser. */
export function VerifyChain() {
  const [verification, setVerification] = useState<Verification | null>(null);
  const isRunning = verification?.state === "running";
  const verify = async () => {
    setVerification({ state: "running", progress: null });
    try {
      const verdict = await verifyLog(fetchBatch, (progress) =>
        setVerification({ state: "running", progress }),
      );
      setVerification({ state: "over", verdict });
    } catch (error) {
      setVerification({
        state: "broken-off",
        because: error instanceof Error ? error.message : String(error),
      });
    }
  };
  return (
    <div className="flex max-w-xl flex-col items-end gap-2">
      <Button variant="primary" pending={isRunning} onClick={() => void verify()}>
        <ShieldCheck aria-hidden />
        Verify the chain
      </Button>
      {verification !== null && <VerificationNotice verification={verification} />}
    </div>
  );
}

function VerificationNotice({ verification }: { verification: Verification }) {
  if (verification.state === "running") {
    const { progress } = verification;
    const words =
      progress === null ? "Reading the log" : `Checked ${progress.checked} of ${progress.last} entries`;
    return <Callout state="running">{words}</Callout>;
  }
  if (verification.state === "broken-off") {
    return (
      <Callout state="unknown" title="Not verified">
        {verification.because} Whether the chain holds is not known; verify it again.
      </Callout>
    );
  }
  const { verdict } = verification;
  if (verdict.ok) {
    return (
      <Callout state="pass" title={`All ${verdict.head.sequence} entries hold together`}>
        Recomputed in this browser. Note the hash of the last entry elsewhere to see later that nothing was
        cut off:{" "}
        <code translate="no" className="font-mono text-xs break-all">
          {verdict.head.hash}
        </code>
      </Callout>
    );
  }
  const { sequence, reason } = verdict.fault;
  return (
    <Callout
      state="blocked"
      title={`The chain breaks at entry ${sequence}`}
      actions={<LinkButton href={`/audit/${sequence}`}>Open entry {sequence}</LinkButton>}
    >
      {reason} Entries before it are as they were written; it and what follows cannot be trusted. Somebody
      with a superuser&apos;s rights changed the database: keep a copy of it and find out who.
    </Callout>
  );
}
