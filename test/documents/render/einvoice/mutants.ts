/** E-invoices that break one rule: how a whole one is changed. Pure. */

export type Change = (xml: string) => string;

/** A rule, what was done, to CII and to UBL; and what else is broken with it. */
export type Row = [
  rule: string,
  how: string,
  cii: Change | null,
  ubl: Change | null,
  also?: string[],
];

/** An element as text; the name may have attributes behind it. */
export function tag(name: string, ...content: string[]): string {
  return `<${name}>${content.join("")}</${name.split(" ", 1)[0]}>`;
}

/** Where an element stands: the first of the last name, after the first of each name before it. */
function place(xml: string, path: string): { start: number; inner: number; end: number } {
  const names = path.split(" ");
  let start = -1;
  for (const name of names) {
    const found = new RegExp(`<${name}[ />]`).exec(xml.slice(start + 1));
    if (!found) throw new Error(`there is no ${name} of ${path}`);
    start += 1 + found.index;
  }
  const close = `</${names.at(-1)}>`;
  const end = xml.indexOf(close, start) + close.length;
  return { start, inner: xml.indexOf(">", start) + 1, end };
}

/** Takes the element away. */
export function cut(path: string): Change {
  return (xml) => {
    const { start, end } = place(xml, path);
    return xml.slice(0, start) + xml.slice(end);
  };
}

/** Gives the element another text. */
export function put(path: string, text: string | ((was: string) => string)): Change {
  return (xml) => {
    const { inner, end } = place(xml, path);
    const close = xml.lastIndexOf("</", end - 1);
    const was = xml.slice(inner, close);
    return xml.slice(0, inner) + (typeof text === "string" ? text : text(was)) + xml.slice(close);
  };
}

/** Writes something before the element, or behind it. */
export const before =
  (path: string, more: string): Change =>
  (xml) => {
    const { start } = place(xml, path);
    return xml.slice(0, start) + more + xml.slice(start);
  };
export const behind =
  (path: string, more: string): Change =>
  (xml) => {
    const { end } = place(xml, path);
    return xml.slice(0, end) + more + xml.slice(end);
  };

/** Gives an attribute of the element another value, or takes it away. */
export function attribute(path: string, name: string, value: string | null): Change {
  return (xml) => {
    const { start, inner } = place(xml, path);
    const changed = xml
      .slice(start, inner)
      .replace(new RegExp(` ${name}="[^"]*"`), value === null ? "" : ` ${name}="${value}"`);
    return xml.slice(0, start) + changed + xml.slice(inner);
  };
}

/** Every occurrence of a text. */
export const swap =
  (from: string, to: string): Change =>
  (xml) => {
    if (!xml.includes(from)) throw new Error(`there is no ${from}`);
    return xml.replaceAll(from, to);
  };

/** One change after the other. */
export const both =
  (...changes: Change[]): Change =>
  (xml) =>
    changes.reduce((changed, change) => change(changed), xml);
