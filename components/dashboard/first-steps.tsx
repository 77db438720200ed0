import { Boxes, Layers } from "lucide-react";

import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { EnvironmentDto } from "#lib/inventory/schema.ts";

interface FirstStepsProps {
  environments: readonly EnvironmentDto[];
  canAdd: boolean;
}

/** What to do first in a console without services. */
export function FirstSteps({ environments, canAdd }: FirstStepsProps) {
  if (!canAdd && environments.length === 0) {
    return (
      <EmptyState icon={Layers} title="You have no role yet">
        Everything here belongs to an environment, and you see those on which somebody gave you a role. Ask an
        administrator of this console.
      </EmptyState>
    );
  }
  const hasOwn = environments.some(({ sandbox }) => !sandbox);
  if (!hasOwn) {
    return (
      <EmptyState
        icon={Layers}
        title="Begin with an environment"
        action={
          canAdd && (
            <LinkButton href="/environments/new" variant="primary">
              Add environment
            </LinkButton>
          )
        }
      >
        Lockstep moves AtlasDB services between timestamp services. Add an environment, then its TimeLock
        cluster, the store, and the service that is to be moved. To rehearse first, use the sandbox.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={Boxes}
      title="No service yet"
      action={
        canAdd && (
          <div className="flex flex-wrap gap-2">
            <LinkButton href="/services/import" variant="primary">
              Import a service
            </LinkButton>
            <LinkButton href="/services/new">Add service</LinkButton>
          </div>
        )
      }
    >
      A service is one AtlasDB client. Import it from its configuration files, with its store and TimeLock
      cluster at once, or add those first and then the service.
    </EmptyState>
  );
}
