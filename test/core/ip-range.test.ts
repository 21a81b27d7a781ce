import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInRange, parseAddress, parseRange } from "../../src/core/ip-range.ts";

const covers = (range: string, address: string) => {
  const [outer, inner] = [parseRange(range), parseAddress(address)];
  if (!outer || !inner) throw new Error(`not read: ${range} ${address}`);
  return isInRange(inner, outer);
};

describe("a range of addresses", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7", true],
    ["192.0.2.7", "192.0.2.8", false],
    ["192.0.2.0/24", "192.0.2.255", true],
    ["192.0.2.0/24", "192.0.3.0", false],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["192.0.2.0/24", "::ffff:192.0.2.9", true],
    ["::ffff:192.0.2.0/120", "192.0.2.9", true],
    ["::ffff:c000:207", "192.0.2.7", true],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["2001:DB8::7", "2001:db8:0:0:0:0:0:7", true],
    ["fe80::/10", "febf:ffff::", true],
    ["::/0", "2001:db8::1", true],
    ["::/0", "192.0.2.7", false],
    ["::fffe:0:0/95", "192.0.2.7", false],
  ])("%s with %s: %s", (range, address, is) => {
    expect(covers(range, address)).toBe(is);
  });

  it.each([
    ...["", " ", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4", "0x7f.1"],
    ...["1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/08", "1.2.3.4/8/8", "1.2.3.4/24"],
    ...[":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::"],
    ...["12345::", "g::", "fe80::1%eth0", "::1.2.3.4:5", "1.2.3.4::", "::/129", "2001:db8::1/32"],
    ...["[::1]", "localhost", "192.0.2.0/24,192.0.3.0/24"],
  ])("is not %j", (text) => {
    expect(parseRange(text)).toBeNull();
  });

  it("is as an address without a length, and none of many is an address", () => {
    expect(parseRange("192.0.2.7")).toEqual(parseRange("192.0.2.7/32"));
    expect(parseRange("2001:db8::7")).toEqual(parseRange("2001:db8::7/128"));
    expect(parseAddress("192.0.2.0/24")).toBeNull();
  });

  it("covers what has its first bits, and nothing else", () => {
    const bits = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(bits, bits, fc.integer({ min: 0, max: 32 }), (base, other, prefix) => {
        const past = 2 ** (32 - prefix);
        const first = Math.floor(base / past) * past;
        const is = Math.floor(other / past) === Math.floor(base / past);
        expect(covers(`${v4(first)}/${prefix}`, v4(other))).toBe(is);
        expect(covers(`::ffff:${v4(first)}/${prefix + 96}`, `::ffff:${v4(other)}`)).toBe(is);
      }),
    );
  });

  it("is the same however an IPv6 address is written", () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    const address = fc.array(group, { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(address, fc.nat(7), fc.nat(7), (groups, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b) + 1];
        const zeroed = groups.map((value, place) => (place >= from && place < to ? 0 : value));
        const hex = zeroed.map((value) => value.toString(16));
        const short = `${hex.slice(0, from).join(":")}::${hex.slice(to).join(":")}`;
        const long = hex.map((text) => text.padStart(4, "0").toUpperCase()).join(":");
        expect(parseAddress(short)).toEqual(parseAddress(long));
        expect(parseAddress(short)).not.toBeNull();
      }),
    );
  });
});

function v4(bits: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join(".");
}
