/** Pure. How a file is read, as a form says it, and its faults in the dashboard's words. */
import type { ColumnGuess, Guess } from "../../metering/file/guess.ts";
import { mapOf } from "../../metering/file/guess.ts";
import type { FileOptions } from "../../metering/import/table.ts";
import type { Choice } from "../form/choice.ts";
import { type Body, type Field, type Sent, textOf } from "../form/form.ts";

const AUTOMATIC: Choice = { value: "", label: "Automatic" };

export const DECIMALS: readonly Choice[] = [
  AUTOMATIC,
  { value: "point", label: "1,000.50" },
  { value: "comma", label: "1.000,50" },
];
export const DATES: readonly Choice[] = [
  AUTOMATIC,
  { value: "dmy", label: "Day first (31/12/2026)" },
  { value: "mdy", label: "Month first (12/31/2026)" },
  { value: "ymd", label: "Year first (2026-12-31)" },
  { value: "s", label: "Seconds since 1970" },
  { value: "ms", label: "Milliseconds since 1970" },
];
export const SEPARATORS: readonly Choice[] = [
  AUTOMATIC,
  { value: ",", label: "Comma" },
  { value: ";", label: "Semicolon" },
  { value: "tab", label: "Tab" },
  { value: "|", label: "Vertical bar" },
];
export const ENCODINGS: readonly Choice[] = [
  AUTOMATIC,
  { value: "utf-8", label: "UTF-8" },
  { value: "windows-1252", label: "Windows-1252 (Western European)" },
  { value: "utf-16le", label: "UTF-16 (little endian)" },
  { value: "utf-16be", label: "UTF-16 (big endian)" },
];
export const CLIENTS: readonly Choice[] = [
  AUTOMATIC,
  { value: "1", label: "The first field" },
  { value: "2", label: "The second field" },
  { value: "3", label: "The third field" },
];

const METADATA = "metadata";

/** What a column can be. */
export const COLUMN_FIELDS: readonly Choice[] = [
  { value: "", label: "Ignore" },
  { value: "metric_name", label: "Metric" },
  { value: "quantity", label: "Quantity" },
  { value: "timestamp", label: "Time" },
  { value: "user_id", label: "User" },
  { value: "id", label: "ID of the event" },
  { value: METADATA, label: "Metadata" },
];

/** The name of the field that says what a column is. */
export function columnPointer(index: number): string {
  return `/columns/${index}`;
}

/** What a form holds for a file that nobody has said anything of yet: what its head tells. */
export function guessedBody(guess: Guess, zone: string): Body {
  return {
    columns: Object.fromEntries(guess.columns.map(({ field }, i) => [i, choiceOf(field)])),
    decimal: guess.decimal ?? "",
    dates: guess.dates ?? "",
    zone,
  };
}

function choiceOf(field: string | null): string {
  if (field === null || field === "source") return "";
  return field.startsWith("metadata.") ? METADATA : field;
}

/** A form's body, so that it shows again what was chosen. */
export function sentBody(sent: Sent, columns: readonly ColumnGuess[]): Body {
  const text = (name: string) => textOf(sent, `/${name}`);
  return {
    columns: Object.fromEntries(columns.map((_, i) => [i, textOf(sent, columnPointer(i))])),
    ...Object.fromEntries(OPTIONS.map((name) => [name, text(name)])),
  };
}

const OPTIONS = [
  "metric",
  "quantity",
  "decimal",
  "dates",
  "zone",
  "separator",
  "encoding",
  "client",
] as const;

/** How the file is read by what the form's body says. */
export function optionsOf(body: Body, columns: readonly ColumnGuess[]): FileOptions {
  const chosen = body.columns as Record<string, string>;
  const fields = columns.map(({ name }, i) => {
    const field = chosen[i] ?? "";
    return field === METADATA ? `metadata.${name || `column_${i + 1}`}` : field || null;
  });
  const text = (name: (typeof OPTIONS)[number]) => String(body[name] ?? "");
  const isUnset = (field: string) => !fields.includes(field);
  const fixed = [
    ...(text("metric") !== "" && isUnset("metric_name") ? [`metric_name=${text("metric")}`] : []),
    ...(text("quantity") !== "" && isUnset("quantity") ? [`quantity=${text("quantity")}`] : []),
  ];
  const given = {
    map: mapOf(fields),
    set: fixed.join(","),
    decimal: text("decimal"),
    dates: text("dates"),
    zone: columns.length === 0 ? "" : text("zone"),
    separator: text("separator"),
    encoding: text("encoding"),
  };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
  return text("client") === "" ? options : { ...options, clientField: Number(text("client")) };
}

/** The fields beside the columns; those of separated values only where there are columns. */
export function optionFields(columns: number, metrics: readonly Choice[]): Field[] {
  const choice = (pointer: string, label: string, options: readonly Choice[]): Field => ({
    pointer,
    label,
    kind: "choice",
    options,
  });
  const encoding = choice("/encoding", "Encoding", ENCODINGS);
  if (columns === 0) return [choice("/client", "Client of a visit", CLIENTS), encoding];
  return [
    choice("/metric", "Metric of all lines", [{ value: "", label: "None" }, ...metrics]),
    {
      pointer: "/quantity",
      label: "Quantity of all lines",
      kind: "line",
      placeholder: "1",
    },
    choice("/decimal", "Numbers", DECIMALS),
    choice("/dates", "Dates", DATES),
    {
      pointer: "/zone",
      label: "Time zone",
      kind: "line",
      hint: "Of times that name none, such as Europe/Berlin",
      suggest: "zones",
    },
    choice("/separator", "Separator", SEPARATORS),
    encoding,
  ];
}

/** What the command says to do, and what is done here. */
const WORDS: readonly [RegExp, string][] = [
  [/: say --decimal comma or point/, ": choose how numbers are written"],
  [/: say --dates dmy or mdy/, ": choose the order of dates"],
  [/: say --zone Europe\/Berlin, or --zone UTC/, ": enter a time zone"],
  [/: say --client-field 1 or 2/, ": choose which field is the client"],
  [/; say --encoding windows-1252 if it was.*$/, "; choose the encoding Windows-1252"],
  [
    /\? Say --map [^;]*; the columns are .*$/s,
    "? Choose it among the columns, or one for all lines",
  ],
  [/^which column is quantity\b/, "which column is the quantity"],
  [/^which column is timestamp\b/, "which column is the time"],
  [/: say --map [^:]*$/s, ": it is neither CSV, NDJSON nor an access log"],
  [/\. Say which one is .*$/s, ". Choose which one it is"],
  [/--map gives two columns to/, "Two columns are chosen for"],
  [/--zone is a time zone/, "The time zone is one"],
  [/--(map|set|dates|zone|decimal|separator|encoding|format)\b/, "the chosen $1"],
];

/** A fault of a file, without the command's options. */
export function faultText(fault: string): string {
  const words = WORDS.reduce((text, [option, here]) => text.replace(option, here), fault);
  const plain = words.replace(/\bmetric_name\b/g, "the metric").replace(/\buser_id\b/g, "the user");
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
