"use client";

import { createContext, use } from "react";

import type { Action } from "#components/live/use-action.ts";
import type { BeginPasskey } from "#components/people/passkey-action.ts";
import type { Freshness, SignInMethodsDto } from "#lib/people/schema.ts";

/** What the dialog of a fresh sign-in works with. */
export interface IdentityMeans {
  methods: SignInMethodsDto;
  confirm: Action<Freshness>;
  beginPasskey: BeginPasskey;
  confirmWithPasskey: Action<Freshness>;
}

export const IdentityMeansContext = createContext<IdentityMeans | null>(null);

/** The ways in which this person can prove who they are; null outside the console's frame. */
export function useIdentityMeans(): IdentityMeans | null {
  return use(IdentityMeansContext);
}
