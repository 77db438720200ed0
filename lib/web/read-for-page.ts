import "server-only";

import { notFound } from "next/navigation";

import { AppError } from "#lib/errors.ts";

/** What a question answered, or why the person may not have the answer, in words. */
export type PageAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

/**
 * Asks a question for a page. What is not there becomes the not-found page; an expected refusal comes back as words to show,
 * since the framework strips the text of errors that reach it. Everything else is the error page's.
 */
export async function readForPage<T>(question: () => Promise<T>): Promise<PageAnswer<T>> {
  try {
    return { ok: true, value: await question() };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === "not-found") notFound();
    return { ok: false, message: error.message };
  }
}
