// SPDX-License-Identifier: Apache-2.0
export type { BackoffOptions } from "./backoff.js";
export {
  connect,
  type Client,
  type ClientEvents,
  type ClientOptions,
  type PublishOptions,
  type State,
  type StopReason,
} from "./client.js";
export { RefusedError, type Message } from "./connection.js";
export { OutboxFullError } from "./outbox.js";
export type { Change, Kept, Shelf, Storage } from "./storage.js";
export { connectShared } from "./shared.js";
export { expiryOf, type TokenSource } from "./token.js";
