import { describe, expect, test } from "vitest";

import { bytesWords, percentOf, rangeWords, spanWords } from "#components/copy/copy-words.ts";

describe("figures of a copy", () => {
  test("bytes have three digits at most", () => {
    expect([0, 999, 1000, 1500, 99_949, 100_000, 999_499, 999_500, 3_400_000_000].map(bytesWords)).toEqual([
      "0 B",
      "999 B",
      "1.0 kB",
      "1.5 kB",
      "99.9 kB",
      "100 kB",
      "999 kB",
      "1.0 MB",
      "3.4 GB",
    ]);
  });

  test("spans have two units at most", () => {
    expect([0, 59, 60, 90, 3600, 4800, 90_000].map(spanWords)).toEqual([
      "0 s",
      "59 s",
      "1 min",
      "2 min",
      "1 h",
      "1 h 20 min",
      "1 d 1 h",
    ]);
  });

  test("a range says its unit once where it can, and never a false exactness", () => {
    expect(rangeWords({ from: 2, to: 9 })).toBe("under 10 s");
    expect(rangeWords({ from: 720, to: 1080 })).toBe("12 to 18 min");
    expect(rangeWords({ from: 40, to: 90 })).toBe("40 s to 2 min");
    expect(rangeWords({ from: 720, to: 725 })).toBe("about 12 min");
    expect(rangeWords({ from: 3600, to: 4800 })).toBe("1 h to 1 h 20 min");
  });

  test("a hundred percent is only where all is done, and nothing is only where nothing is", () => {
    expect(percentOf({ done: 999, total: 1000 })).toBe(99);
    expect(percentOf({ done: 9999, total: 10_000 })).toBe(99);
    expect(percentOf({ done: 1, total: 10_000 })).toBe(1);
    expect(percentOf({ done: 0, total: 10 })).toBe(0);
    expect(percentOf({ done: 10, total: 10 })).toBe(100);
    expect(percentOf({ done: 0, total: 0 })).toBe(100);
  });
});
