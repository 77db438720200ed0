"use server";

import { setPolicyInput } from "#lib/approvals/schema.ts";
import { setPolicy } from "#lib/approvals/set-policy.ts";
import { addWindow } from "#lib/freeze/add-window.ts";
import { removeWindow } from "#lib/freeze/remove-window.ts";
import { addWindowInput, removeWindowInput, setFreezeInput } from "#lib/freeze/schema.ts";
import { setFreeze } from "#lib/freeze/set-freeze.ts";
import { runAction } from "#lib/web/run-action.ts";

export async function setPolicyAction(input: unknown) {
  return runAction(setPolicyInput, input, setPolicy);
}

export async function setFreezeAction(input: unknown) {
  return runAction(setFreezeInput, input, setFreeze);
}

export async function addWindowAction(input: unknown) {
  return runAction(addWindowInput, input, addWindow);
}

export async function removeWindowAction(input: unknown) {
  return runAction(removeWindowInput, input, removeWindow);
}
