import { FlaskConical } from "lucide-react";
import type { Metadata } from "next";

import { commandSandboxAction } from "#app/(console)/sandbox/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { SandboxLab } from "#components/sandbox/sandbox-lab.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { findSandboxEnvironment } from "#lib/rehearsal/sandbox-environment.ts";
import { requirePageContext } from "#lib/web/session.ts";

export async function generateMetadata(): Promise<Metadata> {
  await requirePageContext();
  return pageMetadata("Sandbox", await findSandboxEnvironment());
}

export default async function SandboxPage() {
  await requirePageContext();
  const environment = await findSandboxEnvironment();
  return (
    <Page crumbs={[{ label: "Sandbox" }]} environment={environment}>
      <PageHeader
        title="Sandbox"
        description="A rehearsal lab: a simulated TimeLock, real Postgres stores and services that use them as AtlasDB does. Try everything here, break it, and reset it."
      />
      {environment === null ? (
        <EmptyState icon={FlaskConical} title="There is no sandbox here">
          The sandbox is where a migration can be rehearsed without any risk. Start Lockstep without{" "}
          <code>--no-sandbox</code>, on this machine alone. If its environment was archived, an administrator
          can restore it.
        </EmptyState>
      ) : (
        <SandboxLab command={commandSandboxAction} />
      )}
    </Page>
  );
}
