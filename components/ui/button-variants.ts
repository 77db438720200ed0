import { cva, type VariantProps } from "class-variance-authority";

export const buttonVariants = cva(
  [
    "inline-flex items-center justify-center gap-2 rounded-md border font-medium whitespace-nowrap select-none",
    "transition-colors duration-100 [&_svg]:size-4 [&_svg]:shrink-0 pointer-coarse:min-h-11",
    "aria-disabled:cursor-not-allowed aria-disabled:border-line aria-disabled:bg-sunken aria-disabled:text-ink-faint",
  ],
  {
    variants: {
      variant: {
        primary: "border-transparent bg-accent-solid text-on-accent hover:bg-accent-solid-hover",
        secondary: "border-line-strong/60 bg-surface text-ink hover:bg-hover",
        ghost:
          "border-transparent bg-transparent text-ink-muted hover:bg-hover hover:text-ink aria-disabled:bg-transparent aria-disabled:border-transparent",
        danger: "border-transparent bg-danger-solid text-on-danger hover:bg-danger-solid-hover",
      },
      size: {
        sm: "h-7 px-2.5 text-sm",
        md: "h-8 px-3 text-sm",
        lg: "h-10 px-4 text-base",
        icon: "size-8 p-0 pointer-coarse:min-w-11",
      },
    },
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

export type ButtonVariants = VariantProps<typeof buttonVariants>;
