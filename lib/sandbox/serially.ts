/** Runs what it is given one after the other, in the order of asking; a failure of one does not stop the next. */
export type Serially = <T>(work: () => Promise<T>) => Promise<T>;

/** A queue of its own. */
export function serially(): Serially {
  let turn: Promise<void> = Promise.resolve();
  return async (work) => {
    const before = turn;
    const mine = Promise.withResolvers<void>();
    turn = mine.promise;
    await before;
    try {
      return await work();
    } finally {
      mine.resolve();
    }
  };
}
