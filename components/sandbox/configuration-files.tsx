import { configurationWords } from "#components/sandbox/sandbox-words.ts";
import { CodeBlock } from "#components/ui/code-block.tsx";
import type { SandboxServiceView } from "#lib/rehearsal/schema.ts";

/** The files that the service's node has now, to read and to paste where a migration asks for them. */
export function ConfigurationFiles({ service }: { service: SandboxServiceView }) {
  return (
    <details className="min-w-0">
      <summary className="cursor-pointer rounded-sm text-sm font-medium text-ink">
        Files on {service.node}
      </summary>
      <p className="mt-2 text-sm text-ink-muted">
        {configurationWords(service.configuration, service.namespace)}
      </p>
      <div className="mt-2 flex flex-col gap-2">
        <CodeBlock label={`install file of ${service.node}`} code={service.install} />
        <CodeBlock label={`runtime file of ${service.node}`} code={service.runtime} />
      </div>
    </details>
  );
}
