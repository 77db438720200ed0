import type { TablesState } from "#lib/engine/move-reading.ts";
import { attestable, blocking, pass, unknown, type Finding } from "#lib/engine/finding.ts";
import { find } from "#lib/engine/reading.ts";
import { storeAt, type World } from "#lib/engine/step.ts";

const TO = "destination";

/**
 * Nobody writes any more of an earlier copy into the same store. A Postgres destination refuses such a writer itself; Cassandra knows no fence,
 * so that a worker which was frozen could bring back what the source no longer has, at its old S. Nothing where the store refuses.
 */
export function formerWorkers({ readings, targets }: World): readonly Finding[] {
  const { storeKind, label } = storeAt(targets, TO);
  if (storeKind !== "cassandra") return [];
  const rests = { readings: [`move.tables@${TO}`] };
  const found = find(readings, "move.tables", TO);
  if (!found.known) {
    const remedy = "Mend the connections to both stores and read again.";
    return [
      unknown(
        "former-workers",
        `Whether workers of an earlier copy into ${label} still write is not known.`,
        {
          ...rests,
          remedy,
        },
      ),
    ];
  }
  const { holding, silent } = found.value.tables.writers;
  if (holding === 0 && silent.length === 0)
    return [pass("former-workers", `No worker of an earlier copy into ${label} is left.`, rests)];
  const held = blocking(
    "former-workers",
    `Workers still hold ${holding} ranges of an earlier copy into ${label}.`,
    {
      ...rests,
      detail: "What they have in flight would be written into the new tables.",
      remedy:
        "Wait a minute: they give back what they hold. If this stays, end the workers in order, and read again.",
    },
  );
  return [...(holding > 0 ? [held] : []), ...silent.map((one) => fellSilent(one, label))];
}

function fellSilent(
  { id, host, processId, seenAt }: TablesState["writers"]["silent"][number],
  label: string,
): Finding {
  const who = processId === null ? host : `process ${processId} on ${host}`;
  const title = `A worker of an earlier copy into ${label} fell silent and never said that it ended: ${who}.`;
  const heard = seenAt === null ? "" : `It was last heard of at ${seenAt}. `;
  return attestable(
    unknown(`former-worker-${id}`, title, {
      readings: [`move.tables@${TO}`],
      detail: `${heard}Cassandra cannot keep it out: if it is only frozen, or its machine is, it could write cells of the earlier copy once it wakes up.`,
      remedy: "Look at that machine, end the process if it is still there, and declare it.",
    }),
    `The worker (${who}) has ended, and its machine is not suspended.`,
  );
}
