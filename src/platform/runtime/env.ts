/** The Worker's bindings, and the messages on its queue. */
export type Env = {
  DB: D1Database;
  /** Databases of usage besides the control database, and LEDGER_0 in its place. */
  [ledger: `LEDGER_${number}`]: D1Database | undefined;
  METER: DurableObjectNamespace;
  /** The installation's watch; where it is not bound, nothing is counted. */
  WATCH?: DurableObjectNamespace;
  /** Workers Analytics Engine, which is told the same counts; not needed for anything. */
  ANALYTICS?: AnalyticsEngineDataset;
  FILES: R2Bucket;
  /** Files of tenants that are kept in a jurisdiction which is not the installation's. */
  FILES_EU?: R2Bucket;
  FILES_FEDRAMP?: R2Bucket;
  /** Announcements, and what is to be handed out: what follows from a commit at once. */
  NEWS: Queue<Job>;
  /** Due work of billing and documents. */
  JOBS: Queue<Job>;
  /** Due work that can wait. */
  UPKEEP: Queue<Job>;
  /** Attempts at webhooks; those of endpoints that were slow have a queue of their own. */
  DELIVERIES: Queue<Job>;
  SLOW_DELIVERIES: Queue<Job>;
  /** Usage that was acknowledged; what a tenant sends beyond its share has a queue of its own. */
  INTAKE: Queue<Job>;
  BUSY_INTAKE: Queue<Job>;
  /** E-mails to be sent. */
  MAILS: Queue<Job>;
  /** The files of public/. */
  ASSETS: Pick<Fetcher, "fetch">;
  SHIELD: { limit(options: { key: string }): Promise<{ success: boolean }> };
  /** Attempts to sign in, by address. */
  SIGN_IN: { limit(options: { key: string }): Promise<{ success: boolean }> };
  /** Where this installation is reached, apart by blanks; links point at the first. */
  PUBLIC_URL: string;
  /** Seals what webhooks are signed with, and what payment providers sign with. */
  DELIVERY_SECRET?: string;
  /** While the secret is changed: the one before, which still opens what it sealed. */
  DELIVERY_SECRET_PREVIOUS?: string;
  /** `allow`: webhooks may go to this machine and by http. For development. */
  LOCAL_WEBHOOKS?: string;
  /** Ports besides 443 and 8443 to which new webhooks may go, apart by blanks. */
  WEBHOOK_PORTS?: string;
  /** Hosts whose webhook endpoints need no proof that they want messages, apart by blanks. */
  WEBHOOK_TRUSTED_HOSTS?: string;
  /** resend, postmark, sendgrid or cloudflare; without one, messages are stored and go nowhere. */
  EMAIL_PROVIDER?: string;
  EMAIL_KEY?: string;
  /** The platform's own way to send, for `cloudflare`. */
  EMAIL?: SendEmail;
  /** The address that messages come from; the name is the issuer's. */
  EMAIL_FROM?: string;
  /** In place of the provider's own origin. */
  EMAIL_BASE_URL?: string;
  /** What the provider's reports are verified with: see /hooks/email in the API's document. */
  EMAIL_CALLBACK_SECRET?: string;
  /** How long one attempt at a receiver or provider may take, in place of 15 and 30 seconds. */
  DELIVERY_TIMEOUT_MS?: string;
  /** Days that deliveries and e-mails are kept in their logs, 90 unless given. */
  LOG_DAYS?: string;
  /** `eu`: meters run and keep their data there. Chosen with the first deployment, for good. */
  JURISDICTION?: string;
  /** Ledgers that are kept elsewhere than the installation: `1=eu 2=fedramp`. */
  LEDGER_JURISDICTIONS?: string;
  /** Days that usage events stay in the ledger, 400 unless given; then months are archived. */
  USAGE_DATA_RETENTION_DAYS?: string;
  /** `show`: everybody's messages at /dev/inbox. For development. */
  DEV_INBOX?: string;
  /** The key that the reference's "try it" begins with, for everybody. For development. */
  DEMO_KEY?: string;
  /** Identities that a meter keeps in its hot table before it seals them into blocks. */
  GENERATION_IDS?: string;
};

/** What the queue carries. Every consumer verb is idempotent: a job may arrive twice. */
export type Job =
  /** An event of the outbox. */
  | { kind: "news"; tenant: string; id: string }
  /** A row of the schedule whose time has come. */
  | { kind: "due"; id: string }
  /** A tenant's rows of a kind that has a queue of its own: they are handed out from there. */
  | { kind: "hand-out"; tenant: string; work: string }
  /** Behind rows of the schedule: where it comes up, those that wait next are handed out. */
  | { kind: "sweep" }
  /** Groups of due rows that have queues of their own: each is to be handed out from there. */
  | { kind: "claim"; groups: string[] }
  /** Sent to see it come back: what the watch knows of the queue `queue`. */
  | { kind: "beat"; queue: string; nowMs: number }
  /** A delivery whose attempt is due. */
  | { kind: "deliver"; id: string }
  /** An e-mail that waits to be sent. */
  | { kind: "mail"; id: string }
  /**
   * Usage as it was sent, still to be read: `sender` is the actor as JSON, `name` what ids that its
   * items lack are made of.
   */
  | {
      kind: "body";
      id: string;
      tenant: string;
      sender: string;
      name: string;
      type: string;
      coding: "gzip" | "deflate" | null;
      kept: KeptBody;
    }
  /**
   * An asynchronous recording, with its ids and times fixed: journal lines inline, or in R2 where
   * they are many. `caps` are the lines of which a hard limit takes the part that fits.
   */
  | {
      kind: "record";
      tenant: string;
      nowMs: number;
      caps: number[];
      stored: Stored;
      /** How many metrics of its own the tenant may have; earlier messages lack it. */
      metricNames?: number;
      /** What is known of it without reading its lines; earlier messages lack it. */
      intake?: Intake;
    };

/** A body in a message as base64, or in R2 under a key. */
export type KeptBody = { in: "message"; base64: string } | { in: "r2"; key: string };

/** Of an asynchronous recording: its id, the real time at which it was taken, and its size. */
export type Intake = { id: string; realMs: number; events: number; bytes: number };

/** Journal lines of an asynchronous recording: in the message, or in R2 under a key. */
export type Stored = { in: "message"; text: string } | { in: "r2"; key: string };
