import { WriteWindow } from "#lib/stores/cassandra/write-window.ts";

/** Bytes in flight at most; a larger request goes alone. */
const BYTES_MAX = 16 * 1_024 * 1_024;

/**
 * Lets requests pass while there is room for them, in the order in which they came: so many at once as the window says, and so many bytes.
 * One for all writers of a session, because they load the same servers and fill the same memory.
 */
export class WriteGate {
  readonly window: WriteWindow;
  #requests = 0;
  #bytes = 0;
  #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];

  constructor(window: WriteWindow = new WriteWindow(performance.now())) {
    this.window = window;
  }

  /** Resolves when a request of so many bytes may go; it then counts until `leave`. */
  async enter(bytes: number): Promise<void> {
    if (this.#waiting.length === 0 && this.#hasRoom(bytes)) {
      this.#admit(bytes);
      return;
    }
    await new Promise<void>((enter) => {
      this.#waiting.push({ bytes, enter });
    });
  }

  /** A request that had entered is over. */
  leave(bytes: number): void {
    this.#requests -= 1;
    this.#bytes -= bytes;
    for (
      let [next] = this.#waiting;
      next !== undefined && this.#hasRoom(next.bytes);
      [next] = this.#waiting
    ) {
      this.#waiting.shift();
      this.#admit(next.bytes);
      next.enter();
    }
  }

  #hasRoom(bytes: number): boolean {
    return this.#requests === 0 || (this.#requests < this.window.limit && this.#bytes + bytes <= BYTES_MAX);
  }

  #admit(bytes: number): void {
    this.#requests += 1;
    this.#bytes += bytes;
  }
}
