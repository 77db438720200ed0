import { readFile } from "node:fs/promises";

import { z } from "zod";

import { AppError } from "#lib/errors.ts";
import {
  type SandboxCommand,
  type SandboxControl,
  type SandboxOffer,
  type SandboxStatus,
  sandboxControl,
  sandboxOffer,
  sandboxStatus,
} from "#lib/rehearsal/schema.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/** Names the file in which the sandbox leaves its address; set by the launcher for the processes that may speak to it. */
export const CONTROL_FILE_VARIABLE = "LOCKSTEP_SANDBOX_CONTROL_FILE";

const READ_TIMEOUT_MS = 8_000;
const COMMAND_TIMEOUT_MS = 30_000;
const refusal = z.object({ message: z.string() });

/** The sandbox as it is now. @throws AppError `unavailable` when it does not run or does not answer */
export async function readSandboxStatus(): Promise<SandboxStatus> {
  return read("/status", sandboxStatus);
}

/** What the sandbox offers to the inventory. @throws AppError `unavailable` when it does not run or does not answer */
export async function readSandboxOffer(): Promise<SandboxOffer> {
  return read("/offer", sandboxOffer);
}

/** Lets the sandbox do one thing. @throws AppError `conflict` when it refuses, `unavailable` when it does not answer */
export async function sendSandboxCommand(command: SandboxCommand): Promise<void> {
  await call("/command", COMMAND_TIMEOUT_MS, { method: "POST", body: JSON.stringify(command) });
}

async function read<T>(target: string, schema: z.ZodType<T>): Promise<T> {
  const response = await call(target, READ_TIMEOUT_MS, { method: "GET" });
  const body = schema.safeParse(await response.json().catch(() => null));
  if (body.success) return body.data;
  throw new AppError(
    "unavailable",
    "The sandbox answered in an unknown shape. It is probably of another version: restart Lockstep.",
    { cause: body.error },
  );
}

async function call(target: string, timeoutMs: number, request: RequestInit): Promise<Response> {
  const control = await readControl();
  let response: Response;
  try {
    response = await fetch(control.url + target, {
      ...request,
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      headers: { authorization: `Bearer ${control.token}` },
    });
  } catch (cause) {
    throw new AppError(
      "unavailable",
      "The sandbox does not answer. Nothing outside it is affected. It is restarted by itself; try again in a moment.",
      { cause },
    );
  }
  if (response.ok) return response;
  const words = refusal.safeParse(await response.json().catch(() => null));
  throw new AppError(
    response.status === 409 ? "conflict" : "unavailable",
    words.success ? words.data.message : `The sandbox answered ${response.status}.`,
  );
}

/** Read for each call, since a restarted sandbox listens elsewhere and has another token. */
async function readControl(): Promise<SandboxControl> {
  const file = process.env[CONTROL_FILE_VARIABLE];
  if (file === undefined || file === "") {
    throw new AppError(
      "unavailable",
      "The sandbox is switched off. Start Lockstep without --no-sandbox to rehearse.",
    );
  }
  try {
    return sandboxControl.parse(parseJson(await readFile(file, "utf8")));
  } catch (cause) {
    throw new AppError(
      "unavailable",
      "The sandbox is still starting, or has not started. Try again in a moment.",
      { cause },
    );
  }
}
