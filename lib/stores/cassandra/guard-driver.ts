import type { Transform } from "node:stream";

import { Parser, Protocol } from "cassandra-driver/lib/streams.js";

/**
 * Keeps a malformed answer from ending the process. The driver reads answers inside streams that nobody listens to for errors, so what its
 * readers find there cannot be caught by any caller. Here such an answer is dropped, and its request runs into its time-out instead:
 * a conditional write is then uncertain, as it should be. Calling it again changes nothing.
 */
export function guardDriver(): void {
  for (const stream of [Protocol, Parser]) guard(stream.prototype);
}

const guarded = new WeakSet<Transform>();

function guard(prototype: Transform): void {
  if (guarded.has(prototype)) return;
  guarded.add(prototype);
  const transform = Reflect.get<Transform, "_transform">(prototype, "_transform");
  prototype._transform = function dropMalformed(this: Transform, chunk, encoding, callback) {
    transform.call(this, chunk, encoding, (_malformed, data) => callback(null, data));
  };
}
