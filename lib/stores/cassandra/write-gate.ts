import { WriteWindow } from "#lib/stores/cassandra/write-window.ts";

/** Bytes in flight at most; a larger request goes alone. */
const BYTES_MAX = 16 * 1_024 * 1_024;

/** Cells in flight at most: at 5 ms an answer still 800,000 a second, and no more than a server works on at once with 128 threads. */
const CELLS_MAX = 4_096;

/** What a request holds: its cells and their bytes. */
type Load = { readonly cells: number; readonly bytes: number };

/**
 * Lets requests pass while there is room for them, in the order in which they came: so many at once as the window says, and so many cells and bytes.
 * One for all writers of a session, because they load the same servers and fill the same memory.
 */
export class WriteGate {
  readonly window: WriteWindow;
  #requests = 0;
  #cells = 0;
  #bytes = 0;
  #waiting: { readonly load: Load; readonly enter: () => void }[] = [];

  constructor(window: WriteWindow = new WriteWindow(performance.now())) {
    this.window = window;
  }

  /** Resolves when a request may go; it then counts until `leave`. */
  async enter(load: Load): Promise<void> {
    if (this.#waiting.length === 0 && this.#hasRoom(load)) {
      this.#admit(load);
      return;
    }
    await new Promise<void>((enter) => {
      this.#waiting.push({ load, enter });
    });
  }

  /** A request that had entered is over. */
  leave({ cells, bytes }: Load): void {
    this.#requests -= 1;
    this.#cells -= cells;
    this.#bytes -= bytes;
    for (let [next] = this.#waiting; next !== undefined && this.#hasRoom(next.load); [next] = this.#waiting) {
      this.#waiting.shift();
      this.#admit(next.load);
      next.enter();
    }
  }

  #hasRoom({ cells, bytes }: Load): boolean {
    if (this.#requests === 0) return true;
    const fits = this.#cells + cells <= CELLS_MAX && this.#bytes + bytes <= BYTES_MAX;
    return fits && this.#requests < this.window.limit;
  }

  #admit({ cells, bytes }: Load): void {
    this.#requests += 1;
    this.#cells += cells;
    this.#bytes += bytes;
  }
}
