"use client";

import { FileUp } from "lucide-react";
import { type ChangeEvent, type ReactNode, useRef, useState } from "react";

import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Textarea } from "#components/ui/textarea.tsx";

interface FileTextFieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | null | undefined;
  required?: boolean;
  rows?: number;
  value: string;
  onChange: (text: string) => void;
}

const BYTES_MAX = 500_000;

/** The text of a file, pasted or read from disk; the file itself goes nowhere. */
export function FileTextField({
  label,
  hint,
  error,
  required = false,
  rows = 8,
  value,
  onChange,
}: FileTextFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const read = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? [];
    target.value = "";
    if (file === undefined) return;
    if (file.size > BYTES_MAX) {
      setRefused(`${file.name} is larger than 500 kB, which no configuration file is. Nothing was read.`);
      return;
    }
    setRefused(null);
    onChange(await file.text());
  };
  const fieldProps = { label, hint, required, error: refused ?? error };
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <Field {...fieldProps}>
        <Textarea exact rows={rows} value={value} onChange={(event) => onChange(event.target.value)} />
      </Field>
      <div>
        <input
          ref={input}
          type="file"
          accept=".yml,.yaml,.json,.txt,text/plain"
          hidden
          onChange={(event) => void read(event)}
        />
        <Button size="sm" onClick={() => input.current?.click()}>
          <FileUp aria-hidden />
          Read from disk
          <span className="sr-only">: {label}</span>
        </Button>
      </div>
    </div>
  );
}
