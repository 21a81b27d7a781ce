/** Now, twice: a tenant's own time decides periods, real time dates the audit log. */
export type Moment = { nowMs: number; realMs: number };
