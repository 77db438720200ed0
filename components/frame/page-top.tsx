import { EnvironmentName, type FrameEnvironment } from "#components/frame/environment-name.tsx";
import { Breadcrumb, type Crumb } from "#components/ui/breadcrumb.tsx";
import { cn } from "#components/ui/cn.ts";

interface PageTopProps {
  crumbs: readonly Crumb[];
  /** The environment that this page acts on: its colour stands under the bar for as long as the page is open. */
  environment?: FrameEnvironment | null;
}

/**
 * The page's part of the top bar: where we are, in which environment. Rendered by the page (the layout cannot know), it lies
 * over the left of the bar that the layout draws.
 */
export function PageTop({ crumbs, environment = null }: PageTopProps) {
  return (
    <div
      data-env={environment?.colour}
      className={cn(
        "pointer-events-none sticky top-0 z-20 -mt-12 h-12 border-line pr-74 pl-14 max-md:pr-40 md:pl-6",
        environment === null ? "border-b" : "border-b-3 border-b-env",
      )}
    >
      <div className="pointer-events-auto flex h-full w-fit max-w-full min-w-0 items-center gap-3">
        <Breadcrumb
          crumbs={crumbs}
          leading={environment === null ? undefined : <EnvironmentName environment={environment} />}
        />
      </div>
    </div>
  );
}
