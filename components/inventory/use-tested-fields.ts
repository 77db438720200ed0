"use client";

import { useCallback, useState } from "react";

import type { FieldErrors } from "#components/inventory/use-form-values.ts";
import type { Action } from "#components/live/use-action.ts";
import type { ActionResult } from "#lib/web/schema.ts";

interface Tested {
  fields: FieldErrors;
  /** True when the test was not even tried, because of the values. */
  refused: boolean;
}

/** A connection test that also says beside the fields what it found; asking again forgets what was said before. */
export function useTestedFields<T>(test: Action<T>, fieldsOf: (result: ActionResult<T>) => FieldErrors) {
  const [last, setLast] = useState<Tested | null>(null);
  const ask: Action<T> = useCallback(
    async (input) => {
      setLast(null);
      const result = await test(input);
      setLast({ fields: fieldsOf(result), refused: !result.ok });
      return result;
    },
    [test, fieldsOf],
  );
  return { test: ask, fields: last?.fields ?? {}, refused: last?.refused === true ? last : null };
}
