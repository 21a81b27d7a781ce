import { describe, expect, it } from "vitest";
import { guessFile, guessMark, mapOf } from "../../../src/metering/file/guess.ts";

describe("a guess at a file", () => {
  it("finds separator, columns, decimal mark and the order of dates", () => {
    const lines = [
      "Datum;Kunde;Metrik;Menge;Region",
      "01.02.2026 10:00;ada;tokens;1.000,50;eu",
      "28.02.2026 10:00;bob;tokens;2;us",
    ];
    const guess = guessFile(lines);
    expect(guess).toMatchObject({ format: "csv", separator: ";", decimal: "comma", dates: "dmy" });
    const fields = guess.columns.map(({ field }) => field);
    expect(fields).toEqual(["timestamp", "user_id", "metric_name", "quantity", null]);
    expect(guess.columns[3]?.values).toEqual(["1.000,50", "2"]);
    expect(mapOf(fields)).toBe("timestamp=#1,user_id=#2,metric_name=#3,quantity=#4");
  });

  it("gives a field to one column: its own name goes before another", () => {
    const { columns } = guessFile(["amount,quantity,time,date", "1,2,3,4"]);
    expect(columns.map(({ field }) => field)).toEqual([null, "quantity", "timestamp", null]);
  });

  it("leaves open which of two columns it is that have its own name", () => {
    const { columns } = guessFile(["quantity,time,Quantity,amount", "1,2,3,4"]);
    expect(columns.map(({ field }) => field)).toEqual([null, "timestamp", null, null]);
  });

  it("knows what has no columns, and what is empty", () => {
    expect(guessFile(['{"metric_name":"a"}']).format).toBe("ndjson");
    expect(guessFile(["sep=;", "a;b", "1;2"])).toMatchObject({ format: "csv", separator: ";" });
    expect(() => guessFile(["", " "])).toThrow("empty");
    expect(() => guessFile(["hello"])).toThrow("cannot be told");
  });

  it.each([
    [["1,500"], null],
    [["1,500", "2,5"], "comma"],
    [["1.000,50"], "comma"],
    [["1,000.50"], "point"],
    [["1.000.000"], "comma"],
    [["12", "0.5"], "point"],
    [["12"], null],
  ])("of the quantities %s has the decimal mark %s", (quantities, mark) => {
    expect(guessMark(quantities)).toBe(mark);
  });
});
