/** Statements that stand around a verb's batch because one of its statements asks for them. */

/** What begins and what ends the batch, in the one transaction. */
export type Around = {
  first: readonly D1PreparedStatement[];
  last: readonly D1PreparedStatement[];
};

const askedFor = new WeakMap<D1PreparedStatement, Around>();

/** Has the batch that a statement stands in begin and end with others. */
export function standAround(statement: D1PreparedStatement, around: Around): D1PreparedStatement {
  askedFor.set(statement, around);
  return statement;
}

/** What the statements of a batch ask for around it. */
export function around(statements: readonly D1PreparedStatement[]): Around {
  const asked = statements.flatMap((made) => askedFor.get(made) ?? []);
  return {
    first: asked.flatMap(({ first }) => first),
    last: asked.flatMap(({ last }) => last),
  };
}
