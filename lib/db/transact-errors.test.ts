import { describe, expect, it } from "vitest";

import { explainDatabaseError, sqlStateOf } from "#lib/db/transact-errors.ts";
import { AppError } from "#lib/errors.ts";

describe("what the database did to a transaction", () => {
  it("is found wherever the driver put its code", () => {
    expect(sqlStateOf({ code: "55P03" })).toBe("55P03");
    expect(
      sqlStateOf({ code: "P2010", meta: { driverAdapterError: { cause: { originalCode: "40P01" } } } }),
    ).toBe("40P01");
    expect(sqlStateOf({ code: "P2034" })).toBeNull();
    expect(sqlStateOf(new TypeError("x"))).toBeNull();
    expect(sqlStateOf(null)).toBeNull();
  });

  it.each(["55P03", "40P01", "40001", "57014"])("%s is a conflict", (code) => {
    expect(explainDatabaseError({ cause: { code } })).toMatchObject({ code: "conflict" });
  });

  it.each(["P1001", "P2028", "ECONNREFUSED"])("%s means that it does not answer", (code) => {
    expect(explainDatabaseError(Object.assign(new Error("x"), { code }))).toMatchObject({
      code: "unavailable",
    });
  });

  it("leaves everything else as it came", () => {
    const refusal = new AppError("stale", "x");
    const defect = Object.assign(new Error("x"), { code: "23505" });
    expect(explainDatabaseError(refusal)).toBe(refusal);
    expect(explainDatabaseError(defect)).toBe(defect);
  });
});
