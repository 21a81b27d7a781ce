/** XML as a tree, read by a reader of its own: nothing here is shared with what writes it. Pure. */

export type Element = {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: Element[];
  /** Its own characters, as they stand; "" where it has elements. */
  text: string;
};

const PART = /<\?[^>]*\?>|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
};

/** The root element. Errors: one that says where the text is no XML. */
export function readXml(xml: string): Element {
  const top: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [top];
  PART.lastIndex = 0;
  while (PART.lastIndex < xml.length) {
    const at = PART.lastIndex;
    const match = PART.exec(xml);
    const parent = open.at(-1);
    if (!match || !parent) throw new Error(`no XML at ${at}: ${xml.slice(at, at + 40)}`);
    const [, closing, name = "", attributes = "", empty, text] = match;
    if (text !== undefined) parent.text += plain(text);
    else if (closing) {
      if (parent.name !== name) throw new Error(`${parent.name} ends as ${name}`);
      open.pop();
    } else if (name) {
      const element = { name, attributes: attributesOf(attributes), children: [], text: "" };
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  const [root, ...others] = top.children;
  if (open.length !== 1 || !root || others.length > 0) throw new Error("no single root element");
  return root;
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([\w:.-]+)="([^"]*)"/g)];
  return Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, plain(value)]));
}

function plain(text: string): string {
  return text.replace(/&[^;]*;/g, (entity) => {
    const character = ENTITIES[entity];
    if (character === undefined) throw new Error(`no entity of XML: ${entity}`);
    return character;
  });
}

/** The elements of that name below, a step for each part of the path. */
export function all(element: Element | null, path: string): Element[] {
  let found = element ? [element] : [];
  for (const name of path.split(" ")) {
    found = found.flatMap(({ children }) => children.filter((child) => child.name === name));
  }
  return found;
}

/** The first of them, or null. */
export function first(element: Element | null, path: string): Element | null {
  return all(element, path)[0] ?? null;
}

/** Its text, or null where there is no such element. */
export function text(element: Element | null, path: string): string | null {
  return first(element, path)?.text ?? null;
}

/** Every element below and itself, in the order of the text. */
export function everyElement(element: Element): Element[] {
  return [element, ...element.children.flatMap(everyElement)];
}
