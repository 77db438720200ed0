import { FlaskConical, ShieldAlert } from "lucide-react";

import { cn } from "#components/ui/cn.ts";

export interface FrameEnvironment {
  name: string;
  tier: string;
  colour: string;
}

interface EnvironmentNameProps {
  environment: FrameEnvironment;
  /** Leaves the tier to what stands around it. */
  short?: boolean;
  className?: string;
}

/** An environment by name, tier and colour; production also carries an icon, so that colour never speaks alone. */
export function EnvironmentName({ environment, short = false, className }: EnvironmentNameProps) {
  const production = environment.tier === "production";
  const sandbox = environment.tier === "development" && environment.name.toLowerCase() === "sandbox";
  const tier = environment.tier === environment.name.toLowerCase() ? null : environment.tier;
  return (
    <span
      data-env={environment.colour}
      className={cn(
        "inline-flex items-center gap-1.5 rounded-md bg-env-soft px-1.5 py-0.5 text-xs font-semibold whitespace-nowrap text-env-ink",
        className,
      )}
    >
      {production && <ShieldAlert aria-hidden className="size-3.5" />}
      {sandbox && <FlaskConical aria-hidden className="size-3.5" />}
      {!production && !sandbox && <span aria-hidden className="size-2 rounded-full bg-env" />}
      {environment.name}
      {tier !== null && !short && <span className="font-normal">{tier}</span>}
    </span>
  );
}
