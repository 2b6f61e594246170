// SPDX-License-Identifier: Apache-2.0

/** What has become of one number of a sequence. */
export type Cell = "received" | "duplicate" | "gap" | "waiting";

/** How a sequence stands. */
export interface Counts {
  readonly expected: number;
  readonly received: number;
  readonly duplicates: number;
  readonly gaps: number;
  readonly waiting: number;
}

/** A ledger as it is written down. */
export interface LedgerNote {
  readonly sent: number;
  readonly highest: number;
  readonly received: number;
  readonly duplicates: number;
  readonly missing: readonly number[];
  readonly twice: readonly number[];
}

const EMPTY: LedgerNote = { sent: 0, highest: 0, received: 0, duplicates: 0, missing: [], twice: [] };
const MOST_REMEMBERED = 5_000;

/**
 * Keeps account of a sequence of numbers from 1: which were sent, which came, which came twice. MQTT keeps the order of a topic, so
 * a number that is left out when a later one comes is missing; one beyond the latest is still on its way.
 */
export class Ledger {
  #sent: number;
  #highest: number;
  #received: number;
  #duplicates: number;
  readonly #missing: Set<number>;
  readonly #twice: Set<number>;

  constructor(note: LedgerNote = EMPTY) {
    this.#sent = note.sent;
    this.#highest = note.highest;
    this.#received = note.received;
    this.#duplicates = note.duplicates;
    this.#missing = new Set(note.missing);
    this.#twice = new Set(note.twice);
  }

  /** The next number to be sent. */
  next(): number {
    return ++this.#sent;
  }

  /** A number has come. */
  receive(n: number): void {
    if (n > this.#highest) {
      for (let left = Math.max(this.#highest + 1, n - MOST_REMEMBERED); left < n; left++) this.#missing.add(left);
      this.#highest = n;
      this.#sent = Math.max(this.#sent, n);
      this.#received++;
    } else if (this.#missing.delete(n)) {
      this.#received++;
    } else {
      this.#duplicates++;
      this.#twice.add(n);
    }
  }

  /** Somebody else has sent and read before: the account begins here. */
  beginAfter(n: number): void {
    if (this.#highest === 0) {
      this.#highest = this.#sent = n;
      this.#received = n;
    }
  }

  get counts(): Counts {
    return {
      expected: this.#sent,
      received: this.#received,
      duplicates: this.#duplicates,
      gaps: this.#missing.size,
      waiting: this.#sent - this.#highest,
    };
  }

  /** The latest cells, the oldest first; fewer at the beginning. */
  latest(count: number): { n: number; cell: Cell }[] {
    const from = Math.max(1, this.#sent - count + 1);
    return Array.from({ length: this.#sent - from + 1 }, (_, at) => {
      const n = from + at;
      const cell = n > this.#highest ? "waiting" : this.#missing.has(n) ? "gap" : this.#twice.has(n) ? "duplicate" : "received";
      return { n, cell };
    });
  }

  get note(): LedgerNote {
    return {
      sent: this.#sent,
      highest: this.#highest,
      received: this.#received,
      duplicates: this.#duplicates,
      missing: [...this.#missing].slice(-MOST_REMEMBERED),
      twice: [...this.#twice].slice(-MOST_REMEMBERED),
    };
  }
}
