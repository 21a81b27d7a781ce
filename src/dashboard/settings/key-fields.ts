/** The fields of API keys that can be changed, in the forms that make and that change one. Pure. */
import { VERSION_CHOICES } from "../form/choice.ts";
import type { Field } from "../form/form.ts";

export const NAME_FIELD: Field = { pointer: "/name", label: "Name", kind: "line", required: true };
export const LIMIT_FIELDS: readonly Field[] = [
  {
    pointer: "/reads_per_minute",
    label: "Reads a minute",
    kind: "integer",
    hint: "GET requests. Empty: as many as your account may send.",
  },
  {
    pointer: "/writes_per_minute",
    label: "Writes a minute",
    kind: "integer",
    hint: "All other requests; recording is not counted. Empty: as many as your account may send.",
  },
];
export const VERSION_FIELD: Field = {
  pointer: "/api_version",
  label: "API version",
  kind: "choice",
  options: VERSION_CHOICES,
  hint: "The shapes of its requests and answers. A request can name another one.",
};
