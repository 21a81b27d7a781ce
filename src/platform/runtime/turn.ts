/** A turn of the runtime's loop of events. */

/**
 * Resolves once whatever had already arrived has been taken. A timer of no milliseconds waits for
 * the next whole one, which is three times what a call and its commit take; reading a body that is
 * there waits for one turn, at a quarter of what a pair of streams costs.
 */
export async function nextTurn(): Promise<void> {
  await new Response(" ").text();
}
