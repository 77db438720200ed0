import { configurationWords } from "#components/sandbox/sandbox-words.ts";
import { CodeBlock } from "#components/ui/code-block.tsx";
import type { SandboxConfiguration, SandboxServiceView } from "#lib/rehearsal/schema.ts";

interface ConfigurationFilesProps {
  service: SandboxServiceView;
  configuration: SandboxConfiguration;
}

/** The files of the service's node in this configuration, to read and to paste where a migration asks for them. */
export function ConfigurationFiles({ service, configuration }: ConfigurationFilesProps) {
  const files = service.files.find((one) => one.configuration === configuration);
  if (files === undefined) return null;
  return (
    <details className="min-w-0">
      <summary className="cursor-pointer rounded-sm text-sm font-medium text-ink">
        Files on {service.node}
      </summary>
      <p className="mt-2 text-sm text-ink-muted">{configurationWords(configuration, service.namespace)}</p>
      <div className="mt-2 flex flex-col gap-2">
        <CodeBlock label={`install file of ${service.node}`} code={files.install} />
        <CodeBlock label={`runtime file of ${service.node}`} code={files.runtime} />
      </div>
    </details>
  );
}
