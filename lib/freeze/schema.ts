import { z } from "zod";

import { shown } from "#lib/audit/classified.ts";

const id = z.uuid();
const idField = shown(id);
const moment = z.iso.datetime();
const reasonField = shown(
  z.string().trim().min(3, "Say why, in a few words at least.").max(2000, "At most 2,000 characters."),
);
const noteField = shown(z.string().trim().max(2000, "At most 2,000 characters."));
const environment = z.strictObject({ id, name: z.string(), tier: z.string(), colour: z.string() });

/** Whether new work may start in an environment now; reads, settling, undo, fast-forwards and begun or approved units always may. */
export const startsStatus = z.strictObject({
  open: z.boolean(),
  because: z.string().nullable(),
  /** When that changes by itself, if it is known. */
  until: moment.nullable(),
});
export type StartsStatus = z.infer<typeof startsStatus>;

/** `open`: where there are any, new work starts only inside one. `closed`: nothing new starts inside it, whatever else is open. */
export const WINDOW_KINDS = ["open", "closed"] as const;
/** Days of the week in UTC, as ISO numbers them: 1 is Monday. */
export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;
const DAY_MINUTES = 1440;

/** When a window is: every week from a minute of some days on (UTC), or once. A weekly window may run past midnight. */
export const windowTimes = z.discriminatedUnion("repeats", [
  z.strictObject({
    repeats: z.literal("weekly"),
    days: z.array(z.int().min(1).max(7)).min(1, "Choose at least one day."),
    startMinute: z
      .int()
      .min(0)
      .max(DAY_MINUTES - 1),
    durationMinutes: z
      .int()
      .min(1, "At least one minute.")
      .max(DAY_MINUTES * 7, "At most one week."),
  }),
  z
    .strictObject({ repeats: z.literal("once"), from: moment, to: moment })
    .refine(({ from, to }) => from < to, { message: "The end must lie after the start.", path: ["to"] }),
]);
export type WindowTimes = z.infer<typeof windowTimes>;

/** Switches the freeze of an environment on, or off again. */
export const setFreezeInput = z.strictObject({
  environmentId: idField,
  frozen: shown(z.boolean()),
  reason: reasonField,
});
export type SetFreezeInput = z.output<typeof setFreezeInput>;

/** Adds a maintenance window. */
export const addWindowInput = z.strictObject({
  environmentId: idField,
  kind: shown(z.enum(WINDOW_KINDS)),
  times: shown(windowTimes),
  note: noteField,
});
export type AddWindowInput = z.output<typeof addWindowInput>;

/** Takes a maintenance window away. */
export const removeWindowInput = z.strictObject({ windowId: idField });
export type RemoveWindowInput = z.output<typeof removeWindowInput>;

/** One maintenance window. */
export const windowDto = z.strictObject({
  id,
  kind: z.enum(WINDOW_KINDS),
  times: windowTimes,
  /** In words, UTC. */
  words: z.string(),
  note: z.string(),
  addedBy: z.string(),
  addedAt: moment,
  active: z.boolean(),
});
export type WindowDto = z.infer<typeof windowDto>;

/** Freeze and windows of an environment, and what they mean now. */
export const startsDto = z.strictObject({
  environment,
  status: startsStatus,
  freeze: z.strictObject({ reason: z.string(), by: z.string(), since: moment }).nullable(),
  windows: z.array(windowDto),
  canFreeze: z.boolean(),
  canLift: z.boolean(),
  canChangeWindows: z.boolean(),
});
export type StartsDto = z.infer<typeof startsDto>;
