/** How many addresses messages may go to. */

/** Addresses that one message, or one route of alerts, may name. */
export const MAX_RECIPIENTS = 10;
