import type { Instrumentation } from "next";
import { REQUEST_ID_HEADER } from "#lib/request-headers.ts";

/** Logs what a request threw past every edge, with the request's id; the person is shown the digest. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env["NEXT_RUNTIME"] !== "nodejs") return;
  const { logFor } = await import("#lib/log.ts");
  const requestId = request.headers[REQUEST_ID_HEADER];
  logFor("web", { requestId: String(requestId ?? "") }).error(
    { err: error, method: request.method, route: context.routePath, kind: context.routeType },
    "a request failed",
  );
};
