/**
 * The library that shows the reference. Its package brings hundreds of others, of which the one
 * file that a browser loads needs none: so that file is kept in public/, and nothing is installed.
 */

export const SCALAR_VERSION = "1.76.0";

/** Of dist/browser/standalone.js in that version's package. */
export const SCALAR_SHA256 = "dcb027152bf20bf2f6dcd66e8f9fb073c1a9e274cf0b94b939a7d99ab8947060";

/** Where it is kept, from the repository's root. */
export const SCALAR_PATH = "public/reference/scalar.js";
