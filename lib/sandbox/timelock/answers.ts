import { randomUUID } from "node:crypto";

/** What a node answers. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** 200 with JSON. */
export function json(body: string): Answer {
  return { status: 200, headers: { "Content-Type": "application/json" }, body };
}

/** 200 with plain text. */
export function text(body: string): Answer {
  return { status: 200, headers: { "Content-Type": "text/plain" }, body };
}

/** 204. */
export const NO_CONTENT: Answer = { status: 204, headers: {}, body: "" };

const ERRORS = {
  badRequest: [400, "INVALID_ARGUMENT", "Default:InvalidArgument"],
  missingCredentials: [401, "UNAUTHORIZED", "Conjure:MissingCredentials"],
  malformedCredentials: [401, "UNAUTHORIZED", "Conjure:MalformedCredentials"],
  notFound: [404, "NOT_FOUND", "Default:NotFound"],
  methodNotAllowed: [405, "javax.ws.rs.NotAllowedException", "NotAllowedException"],
  notAcceptable: [406, "javax.ws.rs.NotAcceptableException", "NotAcceptableException"],
  unsupportedMediaType: [415, "javax.ws.rs.NotSupportedException", "NotSupportedException"],
  internal: [500, "INTERNAL", "Default:Internal"],
} as const;

/** An error with the JSON body of conjure servers. Source: golden transcripts-main, atlasdb-facts A.4 */
export function failure(kind: keyof typeof ERRORS): Answer {
  const [status, errorCode, errorName] = ERRORS[kind];
  const body = JSON.stringify({ errorCode, errorName, errorInstanceId: randomUUID(), parameters: {} });
  return { status, headers: { "Content-Type": "application/json" }, body };
}

/** 308 to a node's configured address, without a body. */
export function redirect(location: string): Answer {
  return { status: 308, headers: { Location: location }, body: "" };
}

/** 503 with Jetty's page, as the servlet container writes it. Source: golden transcripts-main (follower-ping) */
export function unavailable(path: string): Answer {
  const body = `<html>
<head>
<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>
<title>Error 503 Service Unavailable</title>
</head>
<body><h2>HTTP ERROR 503 Service Unavailable</h2>
<table>
<tr><th>URI:</th><td>${escapeHtml(path)}</td></tr>
<tr><th>STATUS:</th><td>503</td></tr>
<tr><th>MESSAGE:</th><td>Service Unavailable</td></tr>
<tr><th>SERVLET:</th><td>jersey</td></tr>
</table>

</body>
</html>
`;
  const headers = {
    "Cache-Control": "must-revalidate,no-cache,no-store",
    "Content-Type": "text/html;charset=iso-8859-1",
  };
  return { status: 503, headers, body };
}

function escapeHtml(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
