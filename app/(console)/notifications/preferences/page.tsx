import { setPreferencesAction } from "#app/(console)/notifications/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { NotificationNav } from "#components/notifications/notification-nav.tsx";
import { PreferencesForm } from "#components/notifications/preferences-form.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { getPreferences } from "#lib/notifications/get-preferences.ts";
import { NOTIFICATION_READERS } from "#lib/notifications/list-channels.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("What I am sent");

export default async function PreferencesPage() {
  const { context } = await requirePageContext();
  const preferences = await getPreferences(context);
  const readable = await readableEnvironments(context, NOTIFICATION_READERS);
  return (
    <Page
      crumbs={[{ label: "Notifications", href: "/notifications" }, { label: "What I am sent" }]}
      width="narrow"
    >
      <PageHeader
        title="What I am sent"
        description={
          <>
            E-mails to {preferences.email} about what you are asked and what concerns you. Webhooks are told
            regardless.
          </>
        }
      />
      <NotificationNav current="preferences" readsChannels={readable === "all" || readable.size > 0} />
      {!preferences.hasEmailChannel && (
        <Callout state="note" className="mb-6">
          No e-mail channel is switched on, so nothing is sent to anybody yet. An administrator can add one.
        </Callout>
      )}
      <PreferencesForm key={preferences.version} preferences={preferences} save={setPreferencesAction} />
    </Page>
  );
}
