/** One line of a comparison. Line numbers count from 1; null on the side that lacks the line. */
export type DiffLine = {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
  readonly before: number | null;
  readonly after: number | null;
};

/** Above this many cell comparisons the changed middle is shown as wholly removed and added. */
const CELLS_MAX = 4_000_000;

/** Compares two texts by line: the same lines in both, in order, with the fewest others removed and added. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const a = lines(before);
  const b = lines(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail += 1;
  const middle = diffMiddle(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return numbered([
    ...a.slice(0, head).map((text) => ["same", text] as const),
    ...middle,
    ...a.slice(a.length - tail).map((text) => ["same", text] as const),
  ]);
}

type Step = readonly [kind: DiffLine["kind"], text: string];

function lines(text: string): readonly string[] {
  if (text === "") return [];
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

function diffMiddle(a: readonly string[], b: readonly string[]): Step[] {
  if (a.length * b.length > CELLS_MAX) {
    return [...a.map((text): Step => ["removed", text]), ...b.map((text): Step => ["added", text])];
  }
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = a.length - 1; row >= 0; row -= 1) {
    for (let column = b.length - 1; column >= 0; column -= 1) {
      common[row * width + column] =
        a[row] === b[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const steps: Step[] = [];
  let row = 0;
  let column = 0;
  while (row < a.length || column < b.length) {
    const [left, right] = [a[row], b[column]];
    if (left !== undefined && left === right) {
      steps.push(["same", left]);
      row += 1;
      column += 1;
    } else if (left !== undefined && (right === undefined || at(row + 1, column) >= at(row, column + 1))) {
      steps.push(["removed", left]);
      row += 1;
    } else if (right !== undefined) {
      steps.push(["added", right]);
      column += 1;
    }
  }
  return steps;
}

function numbered(steps: readonly Step[]): DiffLine[] {
  let before = 0;
  let after = 0;
  return steps.map(([kind, text]) => {
    if (kind !== "added") before += 1;
    if (kind !== "removed") after += 1;
    return { kind, text, before: kind === "added" ? null : before, after: kind === "removed" ? null : after };
  });
}
