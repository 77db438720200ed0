import {
  ArrowRightLeft,
  BellRing,
  Boxes,
  Cpu,
  Database,
  FlaskConical,
  Gauge,
  Inbox,
  KeyRound,
  Layers,
  ScrollText,
  Timer,
  Users,
  type LucideIcon,
} from "lucide-react";

export interface Destination {
  href: string;
  label: string;
  icon: LucideIcon;
  /** After `g`: goes there. */
  key: string;
}

/** Every place of the console, in the groups and order of the navigation. */
export const NAVIGATION: readonly { heading: string | null; items: readonly Destination[] }[] = [
  {
    heading: null,
    items: [
      { href: "/", label: "Dashboard", icon: Gauge, key: "d" },
      { href: "/services", label: "Services", icon: Boxes, key: "s" },
      { href: "/migrations", label: "Migrations", icon: ArrowRightLeft, key: "m" },
      { href: "/approvals", label: "Approvals", icon: Inbox, key: "p" },
    ],
  },
  {
    heading: "Inventory",
    items: [
      { href: "/environments", label: "Environments", icon: Layers, key: "e" },
      { href: "/clusters", label: "TimeLock clusters", icon: Timer, key: "c" },
      { href: "/stores", label: "Stores", icon: Database, key: "t" },
    ],
  },
  {
    heading: "Console",
    items: [
      { href: "/audit", label: "Audit", icon: ScrollText, key: "a" },
      { href: "/notifications", label: "Notifications", icon: BellRing, key: "n" },
      { href: "/workers", label: "Workers", icon: Cpu, key: "w" },
      { href: "/users", label: "Users", icon: Users, key: "u" },
      { href: "/tokens", label: "API tokens", icon: KeyRound, key: "k" },
      { href: "/sandbox", label: "Sandbox", icon: FlaskConical, key: "x" },
    ],
  },
];

/** The place that a path belongs to. */
export function isWithin(pathname: string, href: string): boolean {
  return href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(`${href}/`);
}
