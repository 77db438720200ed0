"use server";

import { breakGlass } from "#lib/approvals/break-glass.ts";
import { decideApproval } from "#lib/approvals/decide-approval.ts";
import { recordIndependentReading } from "#lib/approvals/record-independent-reading.ts";
import { requestApproval } from "#lib/approvals/request-approval.ts";
import { reviewBreakGlass } from "#lib/approvals/review-break-glass.ts";
import {
  breakGlassInput,
  decideApprovalInput,
  recordIndependentReadingInput,
  requestApprovalInput,
  reviewBreakGlassInput,
  withdrawApprovalInput,
} from "#lib/approvals/schema.ts";
import { withdrawApproval } from "#lib/approvals/withdraw-approval.ts";
import { runAction } from "#lib/web/run-action.ts";

export async function requestApprovalAction(input: unknown) {
  return runAction(requestApprovalInput, input, requestApproval);
}

export async function decideApprovalAction(input: unknown) {
  return runAction(decideApprovalInput, input, decideApproval);
}

export async function withdrawApprovalAction(input: unknown) {
  return runAction(withdrawApprovalInput, input, withdrawApproval);
}

export async function recordIndependentReadingAction(input: unknown) {
  return runAction(recordIndependentReadingInput, input, recordIndependentReading);
}

export async function breakGlassAction(input: unknown) {
  return runAction(breakGlassInput, input, breakGlass);
}

export async function reviewBreakGlassAction(input: unknown) {
  return runAction(reviewBreakGlassInput, input, reviewBreakGlass);
}
