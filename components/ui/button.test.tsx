import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";

import { Button } from "#components/ui/button.tsx";

it("says why it cannot be pressed, and stays reachable", () => {
  const markup = renderToStaticMarkup(
    <Button blockedBecause="The readings are 20 s old.">Fast-forward</Button>,
  );
  expect(markup).toContain('aria-disabled="true"');
  expect(markup).toContain("The readings are 20 s old.");
  expect(markup).not.toMatch(/\sdisabled/);
});

it("is busy while a request is under way", () => {
  const markup = renderToStaticMarkup(<Button pending>Fast-forward</Button>);
  expect(markup).toContain('aria-busy="true"');
  expect(markup).toContain('aria-disabled="true"');
});

it("submits nothing by accident", () => {
  expect(renderToStaticMarkup(<Button>Fast-forward</Button>)).toContain('type="button"');
});
