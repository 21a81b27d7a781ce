/** Pure. The e-mail that signs a user in. */
import { type Letter, renderLetter } from "../../delivery/email/letter.tsx";

const ACCENT = "rgb(79, 70, 229)";

/** The letter with a link to sign in; `url` is the link's address. */
export function signInLetter(tenantName: string, url: string): Letter {
  const title = `Sign in to ${tenantName}`;
  return renderLetter({
    locale: "en",
    brand: { name: tenantName, accent: ACCENT, logo: null },
    subject: title,
    title,
    hero: null,
    paragraphs: [],
    entries: [],
    actions: [{ label: "Sign in to the dashboard", url }],
    footer: ["The link works for 15 minutes, once. If you did not ask for it, ignore this."],
  });
}
