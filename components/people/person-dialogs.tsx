"use client";

import { useAction, type Action } from "#components/live/use-action.ts";
import { GrantDialog } from "#components/people/grant-dialog.tsx";
import { OneTimeLinkNotice } from "#components/people/one-time-link-notice.tsx";
import {
  environmentWords,
  type EnvironmentChoice,
  type PeopleActions,
} from "#components/people/people-actions.ts";
import { ConfirmDialog } from "#components/ui/confirm-dialog.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import type { GrantDto, OneTimeLinkDto, PersonDto } from "#lib/people/schema.ts";

/** What is being done to a person in a dialog. */
export type PersonDialog =
  | { readonly kind: "grant" | "make-link" | Change }
  | { readonly kind: "revoke"; readonly grant: GrantDto }
  | { readonly kind: "link"; readonly link: OneTimeLinkDto };

type Change = "deactivate" | "reactivate" | "revokeSessions" | "resetSecondFactor";

const CHANGES: Readonly<Record<Change, { title: (name: string) => string; description: string }>> = {
  deactivate: {
    title: (name) => `Deactivate ${name}`,
    description:
      "They cannot sign in, and their sessions end now. Roles and history stay, and you can reactivate them.",
  },
  reactivate: {
    title: (name) => `Reactivate ${name}`,
    description: "They can sign in again, with the roles that they have here.",
  },
  revokeSessions: {
    title: (name) => `End all sessions of ${name}`,
    description: "They have to sign in again. What they typed and did not send is lost.",
  },
  resetSecondFactor: {
    title: (name) => `Reset the second factor of ${name}`,
    description:
      "Their authenticator app, passkeys and recovery codes stop working, and their sessions end. Be sure that it is they who ask: until they set up a new one, the password alone lets in.",
  },
};

interface PersonDialogsProps {
  person: PersonDto;
  dialog: PersonDialog;
  environments: readonly EnvironmentChoice[];
  actions: PeopleActions;
  onClose: () => void;
  onLink: (link: OneTimeLinkDto) => void;
}

/** The dialog that is open for a person. */
export function PersonDialogs({
  person,
  dialog,
  environments,
  actions,
  onClose,
  onLink,
}: PersonDialogsProps) {
  const { id: personId, name } = person;
  switch (dialog.kind) {
    case "grant":
      return (
        <GrantDialog
          person={person}
          environments={environments}
          grantRole={actions.grantRole}
          onClose={onClose}
        />
      );
    case "revoke":
      return (
        <Confirmed
          title={`Revoke ${dialog.grant.role} from ${name}`}
          description={`They lose it on ${environmentWords(dialog.grant.environmentId, environments)}. Actions under way finish first.`}
          action={actions.revokeRole}
          input={{ grantId: dialog.grant.id }}
          onDone={onClose}
          onClose={onClose}
        />
      );
    case "make-link":
      return (
        <Confirmed
          title={`Make a password link for ${name}`}
          description="Links made before end. The password that they have works until the new link is used."
          action={actions.createLink}
          input={{ personId }}
          onDone={onLink}
          onClose={onClose}
        />
      );
    case "link":
      return (
        <Dialog open onOpenChange={(open) => (open ? undefined : onClose())} title="Password link">
          <OneTimeLinkNotice link={dialog.link} name={name} />
        </Dialog>
      );
    default:
      return (
        <Confirmed
          title={CHANGES[dialog.kind].title(name)}
          description={CHANGES[dialog.kind].description}
          action={actions[dialog.kind]}
          input={{ personId }}
          onDone={onClose}
          onClose={onClose}
        />
      );
  }
}

interface ConfirmedProps<T> {
  title: string;
  description: string;
  action: Action<T>;
  input: Readonly<Record<string, string>>;
  onDone: (value: T) => void;
  onClose: () => void;
}

function Confirmed<T>({ title, description, action, input, onDone, onClose }: ConfirmedProps<T>) {
  const { run, pending, failure } = useAction(action, onDone);
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={title}
      description={description}
      pending={pending}
      error={failure?.message ?? null}
      onConfirm={() => run(input)}
    />
  );
}
