/**
 * A real OpenID provider in a process of its own, for tests: `oidc-provider` on a free port of loopback. Whoever the test says
 * signs in there, without any page; the test speaks to it by messages.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { type KoaContextWithOIDC, Provider } from "oidc-provider";

import type { ProviderOrder } from "#lib/people/testing-oidc.ts";

let order: ProviderOrder = { who: "nobody", amr: ["pwd"], people: {} };
process.on("message", (message: ProviderOrder) => {
  order = message;
  process.send?.({ kind: "obeyed" });
});

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  const answer = makeProvider(`http://127.0.0.1:${port}`).callback();
  server.on("request", (request, response) => void answer(request, response));
  process.send?.({ kind: "listening", port });
});

function makeProvider(issuer: string): Provider {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "lockstep",
        client_secret: "a secret of the client",
        redirect_uris: process.argv.slice(2),
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: {
      openid: ["sub", "amr"],
      email: ["email", "email_verified"],
      profile: ["name", "groups"],
    },
    pkce: { required: () => true },
    cookies: { keys: ["tests only"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ ...order.people[sub], sub }) }),
  });
  provider.use(async (ctx, next) =>
    ctx.path.startsWith("/interaction/") ? letIn(provider, ctx as unknown as KoaContextWithOIDC) : next(),
  );
  return provider;
}

async function letIn(provider: Provider, ctx: KoaContextWithOIDC): Promise<void> {
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  ctx.respond = false;
  if (order.who === "nobody") {
    const refusal = { error: "access_denied", error_description: "nobody is there" };
    return provider.interactionFinished(ctx.req, ctx.res, refusal);
  }
  const grant = new provider.Grant({ accountId: order.who, clientId: "lockstep" });
  grant.addOIDCScope(String(params["scope"]));
  return provider.interactionFinished(ctx.req, ctx.res, {
    login: { accountId: order.who, amr: [...order.amr] },
    consent: { grantId: await grant.save() },
  });
}
