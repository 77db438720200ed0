import { AppError } from "#lib/errors.ts";

/**
 * The address that people type to reach the console, from `LOCKSTEP_PUBLIC_URL`: it drives cookies, links and allowed origins.
 * @throws AppError `unavailable` when it is set to something that is not an http or https address
 */
export function publicUrl(): URL {
  const text = process.env["LOCKSTEP_PUBLIC_URL"] ?? "http://localhost:3000";
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AppError(
      "unavailable",
      "LOCKSTEP_PUBLIC_URL must be an address such as https://lockstep.example.com.",
    );
  }
  return url;
}
