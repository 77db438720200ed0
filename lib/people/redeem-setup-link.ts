import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { countAdministrators, lockAdministrators } from "#lib/people/administrators.ts";
import { lockLink, requireLink, useLink } from "#lib/people/one-time-link.ts";
import { setPassword } from "#lib/people/password.ts";
import { personSubject } from "#lib/people/person-subject.ts";
import type { RedeemSetupLinkInput } from "#lib/people/schema.ts";

/**
 * Makes the first administrator from the link that the terminal printed: administrator and operator on all environments, so
 * that one person can try everything; both are grants that can be taken away. Works once.
 * @throws AppError `forbidden` when the link is used or too old, or there is an administrator already; `invalid` with the
 *   field when the e-mail address is taken
 */
export async function redeemSetupLink(ctx: Context, input: RedeemSetupLinkInput): Promise<void> {
  await requireLink(input.token);
  await transact(
    ctx,
    {
      action: "redeem-setup-link",
      subject: { kind: "console", id: null, name: "first administrator" },
      input,
      allow: async (tx) => {
        await lockAdministrators(tx);
        const link = await lockLink(tx, input.token, ["set-up"]);
        if ((await countAdministrators(tx)) === 0) return link;
        throw new AppError("forbidden", "There is an administrator already. Ask them for an invitation.");
      },
      conclude: (person: { id: string; name: string; email: string }) => ({
        subject: personSubject(person),
        actor: { kind: "person", ...person },
        outcome: { granted: ["administrator", "operator"] },
      }),
    },
    async (tx, link) => {
      await requireUnusedEmail(tx, input.email);
      const person = await tx.person.create({
        data: {
          name: input.name,
          email: input.email,
          grants: { create: [{ role: "administrator" }, { role: "operator" }] },
        },
        select: { id: true, name: true, email: true },
      });
      await setPassword(tx, person.id, input.password);
      await useLink(tx, link);
      return person;
    },
  );
}

/** Refuses an address that somebody has. @throws AppError `invalid` with the field's message */
export async function requireUnusedEmail(tx: Tx, email: string): Promise<void> {
  if ((await tx.person.count({ where: { email } })) === 0) return;
  const message = "Somebody has this e-mail address already.";
  throw new AppError("invalid", message, { fields: { email: message } });
}
