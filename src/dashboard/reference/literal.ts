/** A JSON value as a literal of the languages that examples are in. Pure. */

/** As TypeScript: keys without quotes where they need none. */
export function scriptLiteral(value: unknown, indent = ""): string {
  return literal(value, indent, {
    key: (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)),
    plain: (one) => JSON.stringify(one),
    space: " ",
  });
}

/** As Python. */
export function pythonLiteral(value: unknown, indent = ""): string {
  const words = new Map<unknown, string>([
    [true, "True"],
    [false, "False"],
    [null, "None"],
  ]);
  return literal(value, indent, {
    key: (name) => JSON.stringify(name),
    plain: (one) => words.get(one) ?? JSON.stringify(one),
    space: "",
    step: "    ",
  });
}

type Form = {
  key: (name: string) => string;
  plain: (value: unknown) => string;
  /** Inside the braces of an object on one line. */
  space: string;
  step?: string;
};

const MAX_LINE = 60;

function literal(value: unknown, indent: string, form: Form): string {
  if (typeof value !== "object" || value === null) return form.plain(value);
  const inner = indent + (form.step ?? "  ");
  const isList = Array.isArray(value);
  const parts = (deeper: string) =>
    isList
      ? value.map((one) => literal(one, deeper, form))
      : Object.entries(value).map(([k, v]) => `${form.key(k)}: ${literal(v, deeper, form)}`);
  const [open, close, space] = isList ? ["[", "]", ""] : ["{", "}", form.space];
  const line = parts(inner).join(", ");
  if (line === "") return open + close;
  if (line.length <= MAX_LINE && !line.includes("\n")) return open + space + line + space + close;
  const lines = parts(inner).map((part) => `${inner}${part},\n`);
  return `${open}\n${lines.join("")}${indent}${close}`;
}
