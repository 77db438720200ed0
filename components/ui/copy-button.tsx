"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";

import { Button } from "#components/ui/button.tsx";
import { cn } from "#components/ui/cn.ts";
import { useToast } from "#components/ui/toaster.tsx";

interface CopyButtonProps {
  /** Exactly what lands on the clipboard. */
  text: string;
  /** What is copied, for the accessible name: "Copy plan hash". */
  label: string;
  /** Shows words beside the icon. */
  children?: React.ReactNode;
  className?: string;
}

export function CopyButton({ text, label, children, className }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const { announce, toast } = useToast();
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    if (await writeClipboard(text)) {
      setCopied(true);
      announce("Copied");
    } else {
      toast("The browser did not allow copying. Select the text and copy it by hand.", "warning");
    }
  };
  return (
    <Button
      variant="ghost"
      size={children === undefined ? "icon" : "sm"}
      aria-label={children === undefined ? label : undefined}
      title={label}
      className={cn(
        children === undefined && "size-6 pointer-coarse:min-h-8 pointer-coarse:min-w-8",
        className,
      )}
      onClick={() => void copy()}
    >
      {copied ? <Check aria-hidden className="text-pass" /> : <Copy aria-hidden />}
      {children}
    </Button>
  );
}

async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
