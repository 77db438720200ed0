/** The mark: steps that only rise, held by a bar. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden className={className} fill="none">
      <rect width="24" height="24" rx="6" fill="var(--accent-solid)" />
      <path
        d="M5 17.5h4.2v-4h4.6v-4h4.7"
        stroke="var(--on-accent)"
        strokeWidth="2.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
      <path d="M18.5 6v12" stroke="var(--on-accent)" strokeWidth="2.2" strokeLinecap="round" opacity="0.55" />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className="flex items-center gap-2.5">
      <Mark className="size-6 shrink-0" />
      <span className="text-lg font-semibold tracking-tight text-ink">Lockstep</span>
    </span>
  );
}
