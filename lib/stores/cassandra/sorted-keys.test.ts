import fc from "fast-check";
import { expect, test } from "vitest";

import { KeySorter } from "#lib/stores/cassandra/sorted-keys.ts";

const keys = fc
  .uniqueArray(fc.uint8Array({ minLength: 1, maxLength: 4 }), {
    selector: (key) => key.join(),
    maxLength: 200,
  })
  .map((all) => all.map((key) => Buffer.from(key)));

test("keys come out in unsigned order, whatever batches they came in", async () => {
  await fc.assert(
    fc.asyncProperty(keys, fc.array(fc.integer({ min: 1, max: 50 })), async (all, sizes) => {
      const sorter = new KeySorter();
      let at = 0;
      for (const size of [...sizes, 1_000]) {
        await sorter.add(all.slice(at, at + size));
        at += size;
      }
      const sorted = await sorter.finish();
      const expected = all.toSorted((a, b) => Buffer.compare(a, b));
      expect(Array.from({ length: sorted.length }, (_, index) => sorted.at(index).toString("hex"))).toEqual(
        expected.map((key) => key.toString("hex")),
      );
      expect(sorter.size).toEqual({
        keys: all.length,
        bytes: all.reduce((sum, key) => sum + key.length, 0),
      });
    }),
  );
});

test("the place of a key is the first at or behind it", async () => {
  await fc.assert(
    fc.asyncProperty(keys, fc.uint8Array({ minLength: 1, maxLength: 4 }), async (all, wanted) => {
      const sorter = new KeySorter();
      await sorter.add(all);
      const sorted = await sorter.finish();
      const key = Buffer.from(wanted);
      expect(sorted.firstFrom(key)).toBe(all.filter((one) => Buffer.compare(one, key) < 0).length);
    }),
  );
});
