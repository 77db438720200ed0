import { fork } from "node:child_process";
import path from "node:path";

import { InvariantError } from "#lib/errors.ts";
import type { UpdateOidcSettingsInput } from "#lib/people/schema.ts";

/** Who is at the provider, with which methods, and what it says of people. */
export type ProviderOrder = {
  readonly who: string;
  readonly amr: readonly string[];
  readonly people: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
};

type Answer = { readonly kind: "listening"; readonly port: number } | { readonly kind: "obeyed" };

const PROCESS = path.join(import.meta.dirname, "testing-oidc-process.ts");

/** Settings for a provider, as a form would send them the first time. */
export function oidcInput(issuer: string): UpdateOidcSettingsInput {
  return {
    seenVersion: 0,
    enabled: true,
    buttonLabel: "Continue with Example",
    issuer,
    clientId: "lockstep",
    clientSecret: "a secret of the client",
    removeClientSecret: false,
    scopes: "openid profile email",
    createPeople: true,
    passwordAllowed: true,
    trustsSecondFactor: false,
    rules: [],
  };
}

/** Starts a real provider process for the console at this address; it ends with `stop`, or with the test. */
export async function startProvider(redirectUri = "http://localhost:3000/sign-in/oidc/callback") {
  const child = fork(PROCESS, [redirectUri], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const answer = async () =>
    new Promise<Answer>((resolve, reject) => {
      const lost = (code: number | null) => reject(new InvariantError(`the provider ended (${code})`));
      child.once("exit", lost);
      child.once("message", (message: Answer) => {
        child.off("exit", lost);
        resolve(message);
      });
    });
  const started = await answer();
  if (started.kind !== "listening") throw new InvariantError("the provider did not listen");
  let order: ProviderOrder = { who: "nobody", amr: ["pwd"], people: {} };
  return {
    issuer: `http://127.0.0.1:${started.port}`,
    /** Changes who is there, or what is said of people. */
    be: async (change: Partial<ProviderOrder>) => {
      order = { ...order, ...change };
      child.send(order);
      await answer();
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await ended;
    },
  };
}

/**
 * A browser that was sent to the provider: follows its redirects with its cookies until it is sent back to the console, and
 * hands over the query that it comes back with.
 */
export async function visitProvider(url: string): Promise<URLSearchParams> {
  const cookies = new Map<string, string>();
  let next = new URL(url);
  for (let hops = 0; hops < 10; hops += 1) {
    if (next.port === "3000") return next.searchParams;
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(next, { redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get("location");
    if (location === null)
      throw new InvariantError(`the provider answered ${response.status}: ${await response.text()}`);
    next = new URL(location, next);
  }
  throw new InvariantError("the provider sent the browser in circles");
}
