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

declare module "cassandra-driver/lib/requests.js" {
  type Encoder = { readonly protocolVersion: number };

  /** A batch as it is written to the wire. See `raw-batch.ts`. */
  export const BatchRequest: {
    readonly prototype: {
      readonly queries: readonly { readonly params: unknown; readonly queryId: Buffer }[];
      readonly options: { getConsistency: () => number };
      length: number;
      write: (encoder: Encoder, streamId: number) => Buffer;
    };
  };
}

declare module "cassandra-driver/lib/writers.js" {
  /** Puts a frame's header before its body. */
  export class FrameWriter {
    constructor(opcode: number);
    readonly bodyLength: number;
    add(bytes: Buffer): void;
    write(protocolVersion: number, streamId: number): Buffer;
  }
}
