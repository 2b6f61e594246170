// SPDX-License-Identifier: Apache-2.0

/** The latest values, as many as it was made for. */
export class Recent {
  readonly #values: number[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > this.#most) this.#values.shift();
  }

  get values(): readonly number[] {
    return this.#values;
  }

  /** The value below which a part of them lies, from 0 to 1; undefined without any. */
  quantile(part: number): number | undefined {
    const sorted = [...this.#values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  }
}
