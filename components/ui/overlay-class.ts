export const OVERLAY_CLASS = "fixed inset-0 z-40 bg-black/45 animate-appear";

/** A window in the middle of the screen; on a phone it rises from the bottom edge. */
export const PANEL_CLASS =
  "fixed z-50 flex flex-col bg-raised text-ink shadow-raised animate-appear border border-line outline-none " +
  "max-sm:inset-x-0 max-sm:bottom-0 max-sm:max-h-[92dvh] max-sm:rounded-t-lg " +
  "sm:top-1/2 sm:left-1/2 sm:max-h-[88dvh] sm:w-[calc(100vw-2rem)] sm:max-w-lg sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-lg";

export const MENU_CLASS =
  "z-50 min-w-44 rounded-lg border border-line bg-raised p-1 text-sm text-ink shadow-raised animate-appear outline-none";

export const MENU_ITEM_CLASS =
  "flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 py-1 outline-none select-none pointer-coarse:min-h-11 " +
  "data-[highlighted]:bg-hover data-[disabled]:cursor-not-allowed data-[disabled]:text-ink-faint [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-ink-faint";
