/** What the package gives. */
export type * from "./api.ts";
export { Client, type ClientOptions, type Input, type Item, type Result } from "./client.ts";
export { ApiError, type FieldError } from "./error.ts";
export { Recorder, type RecorderOptions, type Refusal, type Warning } from "./recorder.ts";
export { challengeAnswer, verifyWebhook } from "./webhook.ts";
