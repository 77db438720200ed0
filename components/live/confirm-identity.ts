"use client";

import { createContext, use } from "react";

/** Asks who sits there, and answers whether that was proved; false when the person closed the dialog. */
export type AskIdentity = () => Promise<boolean>;

export const AskIdentityContext = createContext<AskIdentity | null>(null);

/** Null outside the console's frame, where nothing asks. */
export function useAskIdentity(): AskIdentity | null {
  return use(AskIdentityContext);
}
