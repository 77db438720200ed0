"use client";

import { Download } from "lucide-react";

import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";

interface RecoveryCodesDialogProps {
  codes: readonly string[];
  onClose: () => void;
}

/** Recovery codes, this once. */
export function RecoveryCodesDialog({ codes, onClose }: RecoveryCodesDialogProps) {
  const text = `${codes.join("\n")}\n`;
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title="Your recovery codes"
      footer={
        <Button variant="primary" onClick={onClose}>
          I have kept them
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <Callout state="warning" title="They are not shown again">
          Each one stands in for your second factor, once. Keep them where you do not keep your password.
        </Callout>
        <ul aria-label="Recovery codes" className="grid grid-cols-1 gap-x-6 gap-y-1 sm:grid-cols-2">
          {codes.map((code) => (
            <li key={code} translate="no" className="font-mono text-sm text-ink select-all">
              {code}
            </li>
          ))}
        </ul>
        <div className="flex flex-wrap gap-2">
          <CopyButton text={text} label="Copy all recovery codes">
            Copy all
          </CopyButton>
          <Button variant="ghost" size="sm" onClick={() => save(text)}>
            <Download aria-hidden />
            Save as a file
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "lockstep-recovery-codes.txt";
  link.click();
  URL.revokeObjectURL(url);
}
