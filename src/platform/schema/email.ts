/** E-mail addresses as callers send them. */
import { z } from "@hono/zod-openapi";
import { asciiEmail, hasForeignMailbox } from "../../core/email-address.ts";

const MAX_LENGTH = 254;

/** RFC 5321 section 4.5.3.1: 64 characters before the @; a name's labels have 63 (RFC 1035). */
const MAILBOX = "(?!\\.)(?!.*\\.\\.)[A-Za-z0-9_'+.-]{0,63}[A-Za-z0-9_+-]";
const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
/** Letters, or the punycode of letters: рф is xn--p1ai. */
const TOP = "(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{1,58}[A-Za-z0-9])";
const ADDRESS = new RegExp(`^${MAILBOX}@(?:${LABEL}\\.)+${TOP}$`);

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
        : ADDRESS.test(text)
          ? null
          : "is an e-mail address";
    if (message !== null) ctx.addIssue({ code: "custom", message });
  })
  .openapi({ format: "email", example: "ada@example.com" });
