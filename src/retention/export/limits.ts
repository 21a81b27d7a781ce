/** What an export's files are held to, by who writes and who reads them. Pure. */

/** The version of an export's format: a reader takes its own and those before it. */
export const EXPORT_VERSION = 1;

/** A page of an export's rows, a run of its events, or a file. */
export const MOST_LOAD_BYTES = 30_000_000;
