declare module "cassandra-driver/lib/streams.js" {
  import type { Transform } from "node:stream";

  /** Cuts what arrives into frames. The driver's types leave it out; see `guard-driver.ts`. */
  export const Protocol: { readonly prototype: Transform };

  /** Reads frames. */
  export const Parser: { readonly prototype: Transform };
}
