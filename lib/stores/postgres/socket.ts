import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** Bytes of one read from the network. */
const READ_BYTES = 64 * 1_024;

/** Hears what comes from the network; `bytes` are only valid during the call. */
export type Hear = (bytes: Buffer) => void;

/** Takes a connection's bytes over from pg, and gives them back. */
export type Tap = {
  /** From now on `hear` gets what comes. `stream` is pg's stream of the connection, encrypted or not. */
  open(stream: Duplex, hear: Hear): void;
  /** From now on pg gets what comes, `rest` first. */
  close(rest: Buffer): void;
};

/**
 * A socket for one of pg's connections, and a tap on it. Where nothing is encrypted, all reads go into one piece of memory: a new piece for
 * each would be gigabytes to collect in a copy. pg, which keeps what it gets, gets copies.
 */
export function openSocket(isPlain: boolean): { readonly socket: Socket; readonly tap: Tap } {
  let hear: Hear | null = null;
  const socket: Socket = isPlain
    ? new Socket({
        onread: {
          buffer: Buffer.allocUnsafeSlow(READ_BYTES),
          callback: (length, bytes) => {
            const view = Buffer.from(bytes.buffer, bytes.byteOffset, length);
            if (hear === null) socket.emit("data", Buffer.from(view));
            else hear(view);
            return true;
          },
        },
      })
    : new Socket();
  let tapped: { readonly stream: Duplex; readonly pg: Hear } | null = null;
  const tap: Tap = {
    open(stream, listener) {
      const pg = stream.listeners("data")[0] as Hear;
      stream.removeListener("data", pg);
      tapped = { stream, pg };
      hear = listener;
      if (stream !== socket || !isPlain) stream.on("data", listener);
    },
    close(rest) {
      if (tapped === null || hear === null) return;
      const { stream, pg } = tapped;
      stream.removeListener("data", hear);
      hear = null;
      tapped = null;
      stream.on("data", pg);
      pg(Buffer.from(rest));
    },
  };
  return { socket, tap };
}
