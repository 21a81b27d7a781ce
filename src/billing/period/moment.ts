/** The tenant's own time, which decides periods, and real time, which dates audit entries. */
export type Moment = { nowMs: number; realMs: number };
