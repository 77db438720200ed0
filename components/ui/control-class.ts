/** What every text-like control looks like. */
export const CONTROL_CLASS =
  "w-full rounded-md border border-line-strong bg-surface px-2.5 text-base text-ink transition-colors duration-100 " +
  "hover:border-ink-faint aria-invalid:border-blocked disabled:cursor-not-allowed disabled:bg-sunken disabled:text-ink-faint " +
  "[&[readonly]]:bg-sunken max-sm:text-lg";
