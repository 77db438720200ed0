import type { LookupAddress } from "node:dns";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { AdapterError, AppError } from "#lib/errors.ts";
import {
  addressProblem,
  allowedAddresses,
  guardedLookup,
  guardedResolve,
  readNetworkRules,
} from "#lib/inventory/network-rules.ts";

const open = readNetworkRules("");
const byte = fc.integer({ min: 0, max: 255 });

describe("addressProblem", () => {
  it.each([
    "169.254.169.254",
    "169.254.0.1",
    "0.0.0.0",
    "0.1.2.3",
    "224.0.0.1",
    "255.255.255.255",
    "100.100.100.200",
    "168.63.129.16",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "ff02::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "0:0:0:0:0:ffff:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
  ])("always denies %s", (address) => {
    expect(addressProblem(open, address)).toContain(address);
    expect(addressProblem(readNetworkRules("0.0.0.0/0, ::/0"), address)).toContain(address);
  });

  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.9",
    "8.8.8.8",
    "::1",
    "fd12::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",
  ])("allows %s by default", (address) => {
    expect(addressProblem(open, address)).toBeNull();
  });

  it.each(["", "db", "169.254.169", "0x7f000001", "2130706433", "127.1"])(
    "takes %j for no address",
    (text) => {
      expect(addressProblem(open, text)).toContain("is not an IP address");
    },
  );

  it("keeps to an allow-list", () => {
    const rules = readNetworkRules(" 10.0.0.0/8 ,fd12::/16, 192.0.2.7");
    expect(
      ["10.255.0.1", "fd12:1::1", "192.0.2.7", "::ffff:10.0.0.1"].map((address) =>
        addressProblem(rules, address),
      ),
    ).toEqual([null, null, null, null]);
    expect(addressProblem(rules, "11.0.0.1")).toContain("LOCKSTEP_ALLOWED_NETWORKS");
    expect(addressProblem(rules, "192.0.2.8")).toContain("10.0.0.0/8");
    expect(addressProblem(rules, "::1")).not.toBeNull();
  });

  it("denies every link-local address in each of its notations, whatever is allowed", () => {
    const rules = readNetworkRules("0.0.0.0/0,::/0");
    fc.assert(
      fc.property(byte, byte, (c, d) => {
        const hex = `a9fe:${((c << 8) | d).toString(16)}`;
        const notations = [
          `169.254.${c}.${d}`,
          `::ffff:169.254.${c}.${d}`,
          `::ffff:${hex}`,
          `64:ff9b::${hex}`,
          `2002:${hex}::`,
        ];
        expect(notations.filter((address) => addressProblem(rules, address) === null)).toEqual([]);
      }),
    );
  });

  it("agrees with arithmetic on an IPv4 range", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 30 }),
        fc.nat(0xffffff),
        fc.nat(0xffffff),
        (bits, base, other) => {
          const text = (value: number) => `10.${(value >> 16) & 255}.${(value >> 8) & 255}.${value & 255}`;
          const mask = bits >= 32 ? 0 : 32 - bits;
          const inside = base >> mask === other >> mask;
          expect(addressProblem(readNetworkRules(`${text(base)}/${bits}`), text(other)) === null).toBe(
            inside,
          );
        },
      ),
    );
  });

  it.each(["10.0.0.0/33", "fd00::/129", "ten", "10.0.0.0/x", "10.0.0.0/8/8", "/8"])(
    "refuses the range %j at once",
    (range) => {
      expect(() => readNetworkRules(range)).toThrow(AppError);
      expect(() => readNetworkRules(range)).toThrow(range);
    },
  );
});

describe("resolution", () => {
  const resolves =
    (...addresses: string[]) =>
    async () =>
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

  it("hands out only the allowed ones of several addresses", async () => {
    const found = await allowedAddresses(
      open,
      "db",
      resolves("169.254.1.1", "10.0.0.1", "fe80::1", "fd12::1"),
    );
    expect(found.map(({ address }) => address)).toEqual(["10.0.0.1", "fd12::1"]);
  });

  it("denies a name that leads to a metadata address only", async () => {
    await expect(allowedAddresses(open, "rebind.example", resolves("169.254.169.254"))).rejects.toMatchObject(
      {
        code: "address-denied",
        effect: "none",
        message: expect.stringContaining("169.254.169.254"),
      },
    );
    await expect(guardedResolve(open, resolves("169.254.169.254"))("rebind.example")).rejects.toThrow(
      /^Nothing was sent: /,
    );
  });

  it("never asks the resolver about a literal address", async () => {
    const never = () => expect.fail("asked");
    await expect(guardedResolve(open, never)("10.0.0.1")).resolves.toBe("10.0.0.1");
    await expect(guardedResolve(open, never)("[::1]")).resolves.toBe("::1");
    await expect(guardedResolve(open, never)("fe80::1")).rejects.toBeInstanceOf(AdapterError);
  });

  it("lets a failure of the resolver through as it is", async () => {
    const failure = Object.assign(new Error("getaddrinfo ENOTFOUND nowhere"), { code: "ENOTFOUND" });
    await expect(guardedResolve(open, async () => Promise.reject(failure))("nowhere")).rejects.toBe(failure);
  });

  const lookup = async (
    resolve: () => Promise<LookupAddress[]>,
    options: { all?: boolean; family?: number },
  ) =>
    new Promise<unknown>((done) => {
      guardedLookup(open, resolve)("db", options, (error, address, family) =>
        done(error ?? { address, family }),
      );
    });

  it("serves sockets that want one address, all of them, or one family", async () => {
    const both = resolves("10.0.0.1", "fd12::1");
    expect(await lookup(both, {})).toEqual({ address: "10.0.0.1", family: 4 });
    expect(await lookup(both, { family: 6 })).toEqual({ address: "fd12::1", family: 6 });
    expect(await lookup(both, { all: true })).toMatchObject({
      address: [
        { address: "10.0.0.1", family: 4 },
        { address: "fd12::1", family: 6 },
      ],
    });
    expect(await lookup(resolves("169.254.169.254"), { all: true })).toMatchObject({
      code: "address-denied",
    });
    expect(await lookup(resolves("10.0.0.1"), { family: 6 })).toMatchObject({ code: "address-denied" });
  });
});
