import { describe, expect, it } from "vitest";
import { decodeCursor, isRecording, pageLimit, pageOf } from "../../../src/platform/http/http.ts";

const page = (rows: number[], limit: number) =>
  pageOf(
    rows,
    limit,
    (row) => [row, `id_${row}`],
    (row) => row * 10,
  );

describe("a page", () => {
  it("has a cursor where there is more, which names its last row", () => {
    const { data, next_cursor } = page([1, 2, 3], 2);
    expect(data).toEqual([10, 20]);
    expect(decodeCursor(next_cursor ?? "", 2)).toEqual([2, "id_2"]);
  });

  it("has none where it is the last", () => {
    expect(page([1, 2], 2)).toEqual({ data: [10, 20], next_cursor: null });
    expect(page([], 2)).toEqual({ data: [], next_cursor: null });
  });

  it("has 50 rows unless asked, and never more than 200", () => {
    expect([pageLimit(undefined), pageLimit(7), pageLimit(1_000)]).toEqual([50, 7, 200]);
  });

  it("takes no cursor but its own", () => {
    const code = (json: string) => btoa(json).replace(/=+$/, "");
    for (const bad of ["", "%", "x", code("{}"), code("[1]"), code("[1,2,3]"), code("[1,null]")]) {
      expect(() => decodeCursor(bad, 2), bad).toThrow("cursor must be a next_cursor");
    }
  });
});

describe("recording", () => {
  it("is a POST to one of two paths", () => {
    expect(isRecording("POST", "/api/usage/record")).toBe(true);
    expect(isRecording("POST", "/api/usage/events")).toBe(true);
    expect(isRecording("GET", "/api/usage/events")).toBe(false);
    expect(isRecording("POST", "/api/usage/events/evt_1/void")).toBe(false);
  });
});
