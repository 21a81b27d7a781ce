/** A turn of the runtime's loop of events. */

/**
 * Resolves once whatever had already arrived has been taken. A timer of no milliseconds waits for
 * the next whole one, which is three times what a call and its commit take.
 */
export async function nextTurn(): Promise<void> {
  const { readable, writable } = new IdentityTransformStream();
  const end = readable.getReader().read();
  await Promise.all([writable.getWriter().close(), end]);
}
