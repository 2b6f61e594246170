// SPDX-License-Identifier: Apache-2.0

/** Where tokens come from. Called before each connect and each renewal; may ask whoever issues them. */
export type TokenSource = (why: "connect" | "renew" | "refused") => Promise<string> | string;

/** The longest time that a browser's timer takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** When a JSON Web Token ends, in milliseconds since 1970, or undefined where it does not say. Nothing is verified. */
export function expiryOf(token: string): number | undefined {
  try {
    const body = token.split(".")[1] ?? "";
    const { exp } = JSON.parse(atob(body.replace(/-/g, "+").replace(/_/g, "/"))) as { exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/**
 * How long to wait with the renewal of a token that ends so many milliseconds from now: until a fifth of the time is left, and
 * a minute at most, so that a slow issuer has time to answer.
 */
export function renewalDelay(leftMs: number): number {
  return Math.max(0, Math.min(LONGEST_TIMER_MS, leftMs - Math.min(60_000, leftMs / 5)));
}
