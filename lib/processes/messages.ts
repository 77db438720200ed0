import { z } from "zod";

/** What a child process tells the launcher. `lines` are shown to the person who started Lockstep. */
export const childMessage = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("ready"),
    port: z.int().optional(),
    lines: z.array(z.string()).optional(),
  }),
  z.strictObject({ type: z.literal("failed"), sentence: z.string() }),
]);
export type ChildMessage = z.infer<typeof childMessage>;

/** What the launcher tells a child process: finish what runs, begin nothing new, end. */
export const launcherMessage = z.strictObject({ type: z.literal("stop") });
