/** How every command reads its options, says what it can do, and refuses what it does not know. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./process.ts";

type Parsed = NonNullable<ParseArgsConfig["options"]>[string];
/** An option as `parseArgs` reads it, and what people are told of it. */
export type Option = Parsed & {
  about: string;
  /** What stands for its value, such as FILE; of those that take one. */
  value?: string;
};

export type Usage<T extends Record<string, Option>> = {
  /** As it is typed: `npm run demo`. */
  command: string;
  /** What it does, in a sentence or two. */
  about: string;
  /** What stands beside the options, and how many of them there are at least and at most. */
  operands?: { text: string; least: number; most: number };
  options?: T;
  /** Variables of the environment that it reads. */
  environment?: Readonly<Record<string, string>>;
  /** Command lines that work as they stand. */
  examples: readonly string[];
};

const WIDTH = 96;
const HELP = { help: { type: "boolean", about: "says this" } } as const;

/**
 * The options and operands of a command. With `--help` it prints what there is, and the process
 * ends with code 0. Errors: `UsageError` for an option it does not know, or too many operands.
 */
export function readOptions<const T extends Record<string, Option>>(
  usage: Usage<T>,
  args = process.argv.slice(2),
) {
  const { least, most } = usage.operands ?? { least: 0, most: 0 };
  const refuse = (why: string): never => {
    const more = args.length > 0 && !usage.command.startsWith("node ") ? " -- --help" : " --help";
    throw new UsageError(`${why}\n${usage.command}${more} says what there is.`);
  };
  // Before anything is refused: whoever asks for help has often mistyped something else.
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(usageText(usage));
    process.exit(0);
  }
  const options = usage.options ?? ({} as T);
  const { values, positionals } = tried(
    () => parseArgs({ args, options, allowPositionals: true }),
    refuse,
  );
  if (positionals.length < least) refuse(`${usage.operands?.text} is missing`);
  if (positionals.length > most) refuse(`"${positionals[most]}" is one word too many`);
  return { values, positionals };
}

function tried<R>(parse: () => R, refuse: (why: string) => never): R {
  try {
    return parse();
  } catch (error) {
    // Node's own sentence says which; what it adds is about typing positional arguments.
    const [why = ""] = (error as Error).message.split(". To specify");
    return refuse(why);
  }
}

/** What `--help` prints. Pure. */
export function usageText<T extends Record<string, Option>>(usage: Usage<T>): string {
  const { command, about, operands, environment = {}, examples } = usage;
  const options: Record<string, Option> = { ...usage.options, ...HELP };
  const words = [operands?.text, "[options]"].filter(Boolean).join(" ");
  const dashes = command.startsWith("npm ") ? "-- " : "";
  const named = Object.entries(options).map(([name, option]): [string, string] => [
    option.type === "string" ? `--${name} ${option.value ?? "TEXT"}` : `--${name}`,
    option.about + defaultText(option),
  ]);
  const sections = [
    `Usage: ${command} ${dashes}${words}`,
    wrapped(about, WIDTH).join("\n"),
    `Options:\n${columns(named)}`,
    ...(Object.keys(environment).length > 0
      ? [`Environment:\n${columns(Object.entries(environment))}`]
      : []),
    [examples.length > 1 ? "Examples:" : "Example:", ...examples.map((one) => `  ${one}`)].join(
      "\n",
    ),
  ];
  return `${sections.join("\n\n")}\n`;
}

function defaultText(option: Option): string {
  const value = option.default;
  return value === undefined || typeof value === "boolean" ? "" : ` (default: ${value})`;
}

/** Names on the left, what they mean on the right, in lines of their own where names are long. */
function columns(rows: readonly [string, string][]): string {
  const widest = Math.min(24, Math.max(...rows.map(([name]) => name.length)));
  const indent = " ".repeat(widest + 4);
  return rows
    .map(([name, about]) => {
      const lines = wrapped(about, WIDTH - indent.length).join(`\n${indent}`);
      const start = `  ${name.padEnd(widest)}  `;
      return name.length > widest ? `  ${name}\n${indent}${lines}` : start + lines;
    })
    .join("\n");
}

/** A text in lines of at most so many characters, broken at blanks. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
