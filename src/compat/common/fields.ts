/** Reading fields of foreign bodies by hand, with a pointer to what is wrong. Pure. */
import { invalidField } from "../../core/errors.ts";
import { type Fields, isFields, isGiven } from "../../metering/intake/foreign.ts";

/** A body that is a JSON object. Errors: 422. */
export function fieldsOf(body: unknown, at = ""): Fields {
  if (isFields(body)) return body;
  throw invalidField(at, "is a JSON object");
}

/** A text of 1 to `most` characters, null where there is none. Errors: 422. */
export function textIn(fields: Fields, name: string, most: number, at = ""): string | null {
  const value = fields[name];
  if (!isGiven(value)) return null;
  if (typeof value === "string" && value !== "" && value.length <= most) return value;
  throw invalidField(`${at}/${name}`, `is a text of 1 to ${most} characters`);
}

/** A text that has to be there. Errors: 422. */
export function needText(fields: Fields, name: string, most: number, at = ""): string {
  const value = textIn(fields, name, most, at);
  if (value === null) throw invalidField(`${at}/${name}`, "is required");
  return value;
}

/** An object of texts, empty where there is none. Errors: 422. */
export function textsIn(fields: Fields, name: string, at = ""): Record<string, string> {
  const value = fields[name];
  if (!isGiven(value)) return {};
  const object = fieldsOf(value, `${at}/${name}`);
  for (const [key, text] of Object.entries(object)) {
    if (typeof text !== "string") throw invalidField(`${at}/${name}/${key}`, "is a text");
  }
  return object as Record<string, string>;
}

/** A list of at most `most` texts, null where there is none. Errors: 422. */
export function listIn(fields: Fields, name: string, most: number, at = ""): string[] | null {
  const value = fields[name];
  if (!isGiven(value)) return null;
  const isList = Array.isArray(value) && value.every((one) => typeof one === "string");
  if (isList && value.length <= most) return value;
  throw invalidField(`${at}/${name}`, `is a list of at most ${most} texts`);
}
