// SPDX-License-Identifier: Apache-2.0

const MOST_REFERENCES = 5;

/**
 * Which gateway to try. One that fails is followed by the next of the list; a Server Reference goes before the list, a limited
 * number of times in a row, so that gateways that refer to each other do not keep a client for themselves.
 */
export class Gateways {
  readonly #urls: readonly string[];
  #at = 0;
  #referred: string | undefined;
  #references = 0;

  constructor(urls: readonly string[]) {
    if (urls.length === 0) throw new TypeError("expected at least one gateway");
    for (const url of urls) {
      if (!/^wss?:$/.test(new URL(url).protocol)) throw new TypeError(`expected a ws: or wss: URL, got ${url}`);
    }
    this.#urls = [...urls];
  }

  /** The one to try now. */
  get current(): string {
    return this.#referred ?? (this.#urls[this.#at] as string);
  }

  /** A connection has lived. One that was accepted only to be sent on proves nothing: two gateways could do that to each other. */
  lived(): void {
    this.#references = 0;
  }

  /** The current one did not answer, or has ended the connection. */
  failed(): void {
    if (this.#referred) this.#referred = undefined;
    else this.#at = (this.#at + 1) % this.#urls.length;
  }

  /**
   * Follows a Server Reference (MQTT 5.0 section 4.11): `host:port`, or a URL; of several the first. Path and scheme are those
   * of the gateway that said it. A reference that leaves TLS is not followed: the token would go over the wire in clear.
   *
   * @returns whether it is followed
   */
  refer(reference: string): boolean {
    if (this.#references >= MOST_REFERENCES) return false;
    const from = new URL(this.current);
    const first = reference.trim().split(/\s+/)[0] ?? "";
    const isUrl = /^wss?:\/\//.test(first);
    if (!isUrl && !/^[^/?#@\s]+$/.test(first)) return false;
    let to: URL;
    try {
      to = new URL(isUrl ? first : `${from.protocol}//${first}${from.pathname}`);
    } catch {
      return false;
    }
    if (!to.hostname || (from.protocol === "wss:" && to.protocol !== "wss:")) return false;
    this.#references++;
    const known = this.#urls.indexOf(to.href);
    if (known >= 0) {
      this.#at = known;
      this.#referred = undefined;
    } else {
      this.#referred = to.href;
    }
    return true;
  }
}
