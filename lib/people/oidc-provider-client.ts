import * as oidc from "openid-client";

import { AdapterError, AppError } from "#lib/errors.ts";
import { guardedFetch } from "#lib/people/guarded-fetch.ts";
import { oidcRedirectUrl, type OidcSettings } from "#lib/people/oidc-settings.ts";

/** What the console remembers between sending somebody to the provider and their return. */
export type OidcSecrets = { readonly state: string; readonly nonce: string; readonly verifier: string };

/** What the provider said of a person: verified claims. No token is kept. */
export type OidcClaims = Readonly<Record<string, unknown>> & { readonly sub: string };

/** What a provider says of itself. */
export type OidcProviderFacts = {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly userInfoEndpoint: string | null;
  readonly pkce: boolean;
};

const TIMEOUT_SECONDS = 10;

/**
 * Reads what the provider says of itself, over https (or on this machine), under the network rules.
 * @throws AppError `unavailable` when it does not answer or answers something else
 */
export async function discoverProvider(issuer: string): Promise<OidcProviderFacts> {
  const found = (await discover(issuer, "lockstep")).serverMetadata();
  return {
    issuer: found.issuer,
    authorizationEndpoint: found.authorization_endpoint ?? "",
    tokenEndpoint: found.token_endpoint ?? "",
    userInfoEndpoint: found.userinfo_endpoint ?? null,
    pkce: found.supportsPKCE(),
  };
}

/**
 * The address at the provider to send somebody to: authorization code with PKCE (S256), state and nonce, each new. With `again`
 * the provider is to ask the person anew, whoever is signed in there (`prompt=login`, `max_age=0`).
 * @throws AppError `unavailable` when the provider does not answer
 */
export async function authorizationUrl(
  settings: OidcSettings,
  options: { readonly again: boolean; readonly email: string | null },
): Promise<{ readonly url: string; readonly secrets: OidcSecrets }> {
  const config = await configure(settings);
  const secrets = {
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    verifier: oidc.randomPKCECodeVerifier(),
  };
  const url = oidc.buildAuthorizationUrl(config, {
    response_type: "code",
    redirect_uri: oidcRedirectUrl(),
    scope: settings.scopes,
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(secrets.verifier),
    code_challenge_method: "S256",
    ...(options.again ? { prompt: "login", max_age: "0" } : {}),
    ...(options.email === null ? {} : { login_hint: options.email }),
  });
  return { url: url.href, secrets };
}

/**
 * Exchanges what the provider sent back for verified claims: state, nonce, issuer, audience, times and the signature of the ID
 * token are checked, and the claims of the user-info endpoint are added. The tokens are forgotten.
 * @throws AppError `forbidden` when anything does not agree or the provider refused; `unavailable` when it does not answer
 */
export async function redeemAnswer(
  settings: OidcSettings,
  query: URLSearchParams,
  secrets: OidcSecrets,
): Promise<OidcClaims> {
  const config = await configure(settings);
  const current = new URL(oidcRedirectUrl());
  current.search = query.toString();
  try {
    const tokens = await oidc.authorizationCodeGrant(config, current, {
      expectedState: secrets.state,
      expectedNonce: secrets.nonce,
      pkceCodeVerifier: secrets.verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (claims === undefined) throw disagreed("no ID token");
    if (config.serverMetadata().userinfo_endpoint === undefined) return claims;
    const more = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
    return { ...more, ...claims };
  } catch (cause) {
    throw explain(cause, settings.issuer);
  }
}

async function configure(settings: OidcSettings): Promise<oidc.Configuration> {
  const server = (await discover(settings.issuer, settings.clientId)).serverMetadata();
  const secret = settings.clientSecret;
  // Absent means basic. Source: OpenID Connect Discovery 1.0, section 3, token_endpoint_auth_methods_supported
  const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  const confidential = methods.includes("client_secret_basic")
    ? oidc.ClientSecretBasic
    : oidc.ClientSecretPost;
  const config = new oidc.Configuration(
    server,
    settings.clientId,
    secret === null ? {} : { client_secret: secret },
    secret === null ? oidc.None() : confidential(secret),
  );
  config.timeout = TIMEOUT_SECONDS;
  config[oidc.customFetch] = fetchForProvider;
  for (const step of checks(settings.issuer)) step(config);
  return config;
}

async function discover(issuer: string, clientId: string): Promise<oidc.Configuration> {
  try {
    return await oidc.discovery(new URL(issuer), clientId, undefined, oidc.None(), {
      [oidc.customFetch]: fetchForProvider,
      timeout: TIMEOUT_SECONDS,
      execute: checks(issuer),
    });
  } catch (cause) {
    throw new AppError(
      "unavailable",
      `The sign-in provider ${issuer} could not be asked: ${wordsOf(cause)} Nothing was done. People with a password can still use it.`,
      { cause },
    );
  }
}

/** The signature of the ID token is verified though it comes over the provider's own connection. */
function checks(issuer: string): ((config: oidc.Configuration) => void)[] {
  const isPlain = new URL(issuer).protocol === "http:";
  return [oidc.enableNonRepudiationChecks, ...(isPlain ? [oidc.allowInsecureRequests] : [])];
}

async function fetchForProvider(url: string, options: oidc.CustomFetchOptions): Promise<Response> {
  const { body, method, headers, signal } = options;
  const text = body instanceof URLSearchParams || typeof body === "string" ? body.toString() : undefined;
  return guardedFetch(url, { method, headers, signal, body: text });
}

/** A provider that cannot be reached is an outage; everything else is an answer that must not let anybody in. */
function explain(cause: unknown, issuer: string): AppError {
  if (cause instanceof AppError) return cause;
  if (findAdapterError(cause) === null && !isTimeout(cause)) return disagreed(reasonOf(cause), cause);
  return new AppError(
    "unavailable",
    `The sign-in provider ${issuer} stopped answering: ${wordsOf(cause)} Nobody was signed in. Try again.`,
    { cause },
  );
}

function disagreed(reason: string, cause?: unknown): AppError {
  return new AppError(
    "forbidden",
    `The sign-in provider did not confirm this sign-in (${reason}). Nobody was signed in. Start again.`,
    { cause },
  );
}

/** Codes of the protocol only: the texts behind them may hold tokens. */
function reasonOf(cause: unknown): string {
  if (cause instanceof oidc.AuthorizationResponseError || cause instanceof oidc.ResponseBodyError) {
    return /^[a-z_]{1,60}$/.test(cause.error) ? cause.error : "refused";
  }
  if (cause instanceof oidc.ClientError) return cause.code ?? "invalid answer";
  return "invalid answer";
}

function wordsOf(cause: unknown): string {
  const known = findAdapterError(cause);
  if (known !== null) return known.message.endsWith(".") ? known.message : `${known.message}.`;
  return isTimeout(cause)
    ? "it took too long."
    : "what it answered is no OpenID Connect configuration of that issuer.";
}

function findAdapterError(cause: unknown): AdapterError | null {
  let current = cause;
  for (let depth = 0; depth < 5 && current instanceof Error; depth += 1) {
    if (current instanceof AdapterError) return current;
    current = current.cause;
  }
  return null;
}

function isTimeout(cause: unknown): boolean {
  return (
    cause instanceof oidc.ClientError && (cause.code === "OAUTH_TIMEOUT" || cause.code === "OAUTH_ABORT")
  );
}
