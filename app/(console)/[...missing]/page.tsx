import { notFound } from "next/navigation";

/** Keeps the navigation around addresses that lead nowhere. */
export default function MissingPage() {
  notFound();
}
