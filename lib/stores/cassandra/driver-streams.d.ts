declare module "cassandra-driver/lib/streams.js" {
  import type { Transform } from "node:stream";

  /** What the parser knows of an answer with rows. */
  export type RowsFrame = {
    readonly header: unknown;
    readonly flagsInfo: unknown;
    /** Whether rows are wanted one at a time, and may then be parsed before the frame is whole. */
    readonly byRow?: boolean;
    readonly meta: {
      readonly columns: readonly { readonly name: string; readonly type: { readonly code: number } }[];
    };
  };

  /** A reader that stands in front of the number of rows. */
  export type RowsReader = {
    readonly offset: number;
    readInt: () => number;
    getBuffer: () => Buffer;
  };

  /** Cuts what arrives into frames. The driver's types leave it out; see `guard-driver.ts`. */
  export const Protocol: { readonly prototype: Transform };

  /** Reads frames. See `raw-rows.ts`. */
  export const Parser: {
    readonly prototype: Transform & {
      readonly encoder: { readonly encodingOptions: { readonly rawCells?: boolean } };
      parseRows: (frame: RowsFrame, reader: RowsReader) => void;
    };
  };
}
