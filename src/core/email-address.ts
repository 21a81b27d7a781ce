/** Pure. E-mail addresses as mail goes to them. */

const BEYOND_ASCII = /\P{ASCII}/u;
/** What would end a host's name in a URL, or escape something in it. */
const DELIMITER = /[\s/\\?#:@%[\]<>^|]/;

/**
 * An address without the blanks around it, an internationalised domain as punycode (RFC 5891),
 * which is what mail providers and e-invoices take. What is no address stays what it is.
 */
export function asciiEmail(given: string): string {
  const address = given.trim();
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  if (at < 1 || !BEYOND_ASCII.test(domain) || DELIMITER.test(domain)) return address;
  const url = `http://${domain}`;
  return URL.canParse(url) ? `${address.slice(0, at)}@${new URL(url).hostname}` : address;
}

/** True for an address whose part before the @ has letters that mail providers do not take. */
export function hasForeignMailbox(address: string): boolean {
  return BEYOND_ASCII.test(address.slice(0, Math.max(address.lastIndexOf("@"), 0)));
}
