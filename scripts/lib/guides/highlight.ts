/** Code as HTML with its comments, strings, numbers and keywords marked. Pure. */

type Language = { comment: string; keywords: string };

const SCRIPT: Language = {
  comment: "\\/\\/.*|\\/\\*[\\s\\S]*?\\*\\/",
  keywords:
    "as|async|await|break|case|catch|class|const|continue|default|else|export|extends|false|" +
    "finally|for|from|function|if|import|in|let|new|null|of|return|satisfies|switch|this|throw|" +
    "true|try|type|typeof|undefined|var|while",
};

const PYTHON: Language = {
  comment: "#.*",
  keywords:
    "and|as|async|await|class|def|elif|else|except|False|finally|for|from|if|import|in|is|" +
    "lambda|None|not|or|pass|raise|return|True|try|while|with",
};

const SHELL: Language = {
  comment: "(?<=^|\\s)#.*",
  keywords: "curl|do|done|echo|export|for|if|jq|node|npm|npx|then|while",
};

const CONFIG: Language = { comment: "(?<=^|\\s)[#;].*", keywords: "false|true" };

const LANGUAGES: Readonly<Record<string, Language>> = {
  bash: SHELL,
  javascript: SCRIPT,
  js: SCRIPT,
  json: { comment: "\\/\\/.*", keywords: "false|null|true" },
  py: PYTHON,
  python: PYTHON,
  sh: SHELL,
  shell: SHELL,
  toml: CONFIG,
  ts: SCRIPT,
  typescript: SCRIPT,
  yaml: CONFIG,
};

/** A text as it stands in HTML. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? "");
}

/** The HTML of a code block's content; a language that is not known stays plain text. */
export function highlight(code: string, language: string): string {
  const known = LANGUAGES[language];
  if (!known) return escapeHtml(code);
  const strings = "\"(?:[^\"\\\\\\n]|\\\\.)*\"|'(?:[^'\\\\]|\\\\.)*'|`(?:[^`\\\\]|\\\\.)*`";
  const token = new RegExp(
    `(?<comment>${known.comment})|(?<string>${strings})|` +
      `(?<number>(?<![\\w.-])\\d[\\d_.]*\\b)|(?<keyword>(?<![\\w./-])(?:${known.keywords})\\b)`,
    "gm",
  );
  let html = "";
  let end = 0;
  for (const match of code.matchAll(token)) {
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0];
    html += escapeHtml(code.slice(end, match.index));
    html += `<span class="${kind}">${escapeHtml(match[0])}</span>`;
    end = match.index + match[0].length;
  }
  return html + escapeHtml(code.slice(end));
}
