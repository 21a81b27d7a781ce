import { expect, it } from "vitest";
import { Options, optionsText } from "../../../src/dashboard/component/option-list.ts";

it("writes options as text, and chooses one", () => {
  const options = [
    { value: "", label: "–" },
    { value: `a"b`, label: "A & B <i>" },
    { value: "c", label: "it's" },
  ];
  const plain =
    '<option value="">–</option><option value="a&quot;b">A &amp; B &lt;i&gt;</option>' +
    '<option value="c">it&#39;s</option>';
  const shown = (chosen: string) => optionsText(options, chosen);
  expect(String(Options({ options }))).toBe(plain);
  expect(shown(`a"b`)).toBe(plain.replace('b">', 'b" selected="">'));
  expect(shown("none")).toBe(plain);
});
