// SPDX-License-Identifier: Apache-2.0
import type { Serial } from "./packets.js";
import type { Journal } from "./storage.js";

/** A publish that waits for its turn. Can be cloned structurally. */
export interface Waiting {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** When it is no longer worth sending, in milliseconds since 1970; undefined for never. */
  readonly expiresAt: number | undefined;
  /** Who asked for it, where that is another tab, which may ask again: see {@link connectShared}. */
  readonly origin?: string | undefined;
}

/** What keeps a promise. */
export interface Promised {
  readonly resolve: () => void;
  readonly reject: (why: Error) => void;
}

/** A publish in the outbox, and who waits for it: nobody where a page before this one has made it. */
export interface Entry {
  readonly key: number;
  readonly publish: Waiting;
  readonly promised?: Promised | undefined;
}

/** The outbox holds as much as it may. Nothing was taken. */
export class OutboxFullError extends Error {
  override readonly name = "OutboxFullError";
}

/** Publishes in the order in which they were made, until they can be sent. Bounded: what does not fit is refused, never dropped. */
export class Outbox {
  readonly #entries: Entry[] = [];
  readonly #journal: Journal;
  readonly #serial: Serial;
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(journal: Journal, serial: Serial, maxMessages: number, maxBytes: number) {
    this.#journal = journal;
    this.#serial = serial;
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#entries.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes what a page before this one has kept. */
  restore(key: number, publish: Waiting, promised?: Promised): void {
    this.#serial.seen(key);
    this.#push({ key, publish, promised });
  }

  /**
   * Takes one more.
   *
   * @throws OutboxFullError when it does not fit
   */
  add(publish: Waiting, promised?: Promised): void {
    if (this.size >= this.#maxMessages) throw new OutboxFullError(`${this.size} messages wait already`);
    if (this.#bytes + sizeOf(publish) > this.#maxBytes) throw new OutboxFullError(`${this.#bytes} bytes wait already`);
    const key = this.#serial.next();
    this.#push({ key, publish, promised });
    this.#journal.write({ shelf: "waiting", key, value: publish }).catch(() => {}); // the journal has told
  }

  /** Takes the oldest out. What it leaves on its shelf is the caller's to remove. */
  take(): Entry | undefined {
    const entry = this.#entries.shift();
    if (entry) this.#bytes -= sizeOf(entry.publish);
    return entry;
  }

  #push(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += sizeOf(entry.publish);
  }
}

function sizeOf(publish: Waiting): number {
  return publish.topic.length + publish.payload.byteLength;
}
