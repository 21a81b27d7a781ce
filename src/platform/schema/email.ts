/** E-mail addresses as callers send them. */
import { z } from "@hono/zod-openapi";
import { asciiEmail, hasForeignMailbox } from "../../core/email-address.ts";

const MAX_LENGTH = 254;
const address = z.email("is an e-mail address");

/**
 * An e-mail address: blanks around it are left out, and an internationalised domain becomes its
 * punycode. Errors are told of what was meant.
 */
export const emailInput = z
  .string()
  .max(4 * MAX_LENGTH)
  .transform(asciiEmail)
  .superRefine((text, ctx) => {
    const message = hasForeignMailbox(text)
      ? "is an e-mail address; before its @ only letters of ASCII can be mailed to"
      : text.length > MAX_LENGTH
        ? `is an e-mail address of at most ${MAX_LENGTH} characters`
        : address.safeParse(text).success
          ? null
          : "is an e-mail address";
    if (message !== null) ctx.addIssue({ code: "custom", message });
  })
  .openapi({ format: "email", example: "ada@example.com" });
