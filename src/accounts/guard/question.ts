/** What a route has asked beside whose key it is. */
/**
 * What a route wants to know of a tenant before it can answer: where whose key it is, or whom a
 * header names, has to be looked up, it is asked together with that, and goes to `actor.beside`.
 */
export type Question = {
  ofKey: (db: D1Database, hash: string) => D1PreparedStatement;
  ofName: (db: D1Database, name: string) => D1PreparedStatement;
};
