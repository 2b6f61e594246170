// SPDX-License-Identifier: Apache-2.0

/** How long to wait between attempts, in milliseconds. */
export interface BackoffOptions {
  /** The longest first wait. */
  readonly baseMs?: number;
  /** The longest wait of all. */
  readonly capMs?: number;
  /** How long a connection must have lived for the waits to begin anew. */
  readonly livedMs?: number;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/**
 * Exponential backoff with full jitter: the n-th wait is anything from 0 to `base * 2^n`. A connection that ends soon after it
 * began does not reset it, so a gateway that accepts and drops is not hammered.
 */
export class Backoff {
  #failures = 0;
  readonly #baseMs: number;
  readonly #capMs: number;
  readonly #livedMs: number;
  readonly #random: () => number;

  constructor({ baseMs = 500, capMs = 30_000, livedMs = 10_000, random = Math.random }: BackoffOptions = {}) {
    this.#baseMs = baseMs;
    this.#capMs = capMs;
    this.#livedMs = livedMs;
    this.#random = random;
  }

  /** How many attempts have failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * A connection has ended that was up for so long.
   *
   * @returns whether that is a life
   */
  ended(livedMs: number): boolean {
    const hasLived = livedMs >= this.#livedMs;
    if (hasLived) this.#failures = 0;
    return hasLived;
  }

  /** The next wait in milliseconds. */
  next(): number {
    const longest = Math.min(this.#capMs, this.#baseMs * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    return Math.round(this.#random() * longest);
  }
}
