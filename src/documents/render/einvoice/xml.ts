/** Pure. XML 1.0 as text: what is empty is not written at all (Peppol R008). */
const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const MARKUP = /[&<>"]/;
/** Printable ASCII without markup: most texts, and written as they are. */
const PLAIN = /^[ !#-%'-;=?-~]*$/;
// Everything outside XML 1.0's Char production, lone surrogates included.
const NOT_XML = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Entities for what marks up, nothing for what XML cannot hold. */
export function escapeXml(text: string): string {
  if (PLAIN.test(text)) return text;
  const clean = text.replace(NOT_XML, "");
  if (!MARKUP.test(clean)) return clean;
  return clean.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

/** The text that XML keeps of a text: what it can hold, without blanks at its ends. */
export function xmlText(text: string): string {
  return PLAIN.test(text) ? text.trim() : text.replace(NOT_XML, "").trim();
}

type Tags = { open: string; close: string };
/** A document has some hundred names, each of them many times. */
const tags = new Map<string, Tags>();

function tagsOf(name: string): Tags {
  let made = tags.get(name);
  if (!made) {
    made = { open: `<${name}>`, close: `</${name}>` };
    tags.set(name, made);
  }
  return made;
}

/** How many elements are joined at a time. */
const JOINED = 16;

/**
 * What is written of each of many, one behind the other. Joined a few at a time: a text that was
 * added up is a tree of its pieces, and those of a long invoice would outlive it.
 */
export function eachOf<T>(all: readonly T[], write: (one: T) => string): string {
  if (all.length <= JOINED) return all.map(write).join("");
  let text = "";
  for (let from = 0; from < all.length; from += JOINED) {
    text += all
      .slice(from, from + JOINED)
      .map(write)
      .join("");
  }
  return text;
}

/** An element of text; nothing where there is no text. */
export function leaf(
  name: string,
  text: string | null | undefined,
  attributes: Record<string, string> | null = null,
): string {
  if (text === null || text === undefined) return "";
  const content = escapeXml(text).trim();
  if (content === "") return "";
  const { open, close } = tagsOf(name);
  if (attributes === null) return open + content + close;
  let head = `<${name}`;
  for (const key in attributes) head += ` ${key}="${escapeXml(attributes[key] ?? "")}"`;
  return `${head}>${content}${close}`;
}

/** An element of text whose line ends stay, also at its end; nothing where there is no text. */
export function textLeaf(name: string, text: string | null): string {
  if (text === null || text.trim() === "") return "";
  return `<${name}>${escapeXml(text)}</${name}>`;
}

/** An element of elements; nothing where all of them are nothing. */
export function branch(name: string, ...children: string[]): string {
  // Joined at every level a text would be copied at every level; strings that are added are not.
  let content = "";
  for (const child of children) content += child;
  if (content === "") return "";
  const { open, close } = tagsOf(name);
  return open + content + close;
}
