import Link from "next/link";

import { cn } from "#components/ui/cn.ts";

const PLACES = [
  { id: "channels", href: "/notifications", label: "Channels" },
  { id: "deliveries", href: "/notifications/deliveries", label: "Delivery log" },
  { id: "preferences", href: "/notifications/preferences", label: "What I am sent" },
] as const;

interface NotificationNavProps {
  current: (typeof PLACES)[number]["id"];
  /** Whether the person may read channels and deliveries. */
  readsChannels: boolean;
}

/** The three pages about notifications. */
export function NotificationNav({ current, readsChannels }: NotificationNavProps) {
  const places = PLACES.filter(({ id }) => readsChannels || id === "preferences");
  if (places.length < 2) return null;
  return (
    <nav aria-label="Notifications" className="mb-6 flex gap-1 overflow-x-auto border-b border-line">
      {places.map(({ id, href, label }) => (
        <Link
          key={id}
          href={href}
          aria-current={id === current ? "page" : undefined}
          className={cn(
            "inline-flex min-h-8 shrink-0 items-center border-b-2 px-2.5 text-sm font-medium -outline-offset-2 pointer-coarse:min-h-11",
            id === current ? "border-accent text-ink" : "border-transparent text-ink-muted hover:text-ink",
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
