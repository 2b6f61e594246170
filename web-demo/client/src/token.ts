// SPDX-License-Identifier: Apache-2.0

/** Where tokens come from. Called before each connect and each renewal; may ask whoever issues them. */
export type TokenSource = (why: "connect" | "renew" | "refused") => Promise<string> | string;

/** The longest time that a browser's timer takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const SOONEST_MS = 1000;

/** When a JSON Web Token ends, in milliseconds since 1970, or undefined where it does not say. Nothing is verified. */
export function expiryOf(token: string): number | undefined {
  return timeOf(token, "exp");
}

/**
 * How much of a token that has just come is left, in milliseconds, or undefined where it does not end. By this clock, which may be
 * wrong: a token that has ended by it, or would outlive its own lifetime, is taken for fresh.
 */
export function leftOf(token: string, nowMs: number): number | undefined {
  const ends = timeOf(token, "exp");
  const issued = timeOf(token, "iat");
  if (ends === undefined) return undefined;
  if (issued === undefined) return ends - nowMs;
  return ends > nowMs ? Math.min(ends - nowMs, ends - issued) : ends - issued;
}

function timeOf(token: string, claim: "exp" | "iat"): number | undefined {
  try {
    const body = token.split(".")[1] ?? "";
    const seconds = (JSON.parse(atob(body.replace(/-/g, "+").replace(/_/g, "/"))) as Record<string, unknown>)[claim];
    return typeof seconds === "number" ? seconds * 1000 : undefined;
  } catch {
    return undefined;
  }
}

/**
 * How long to wait with the renewal of a token that ends so many milliseconds from now: until a fifth of the time is left, and
 * a minute at most, so that a slow issuer has time to answer. A second at least: an issuer that gives tokens that have ended is not
 * asked without pause.
 */
export function renewalDelay(leftMs: number): number {
  return Math.max(SOONEST_MS, Math.min(LONGEST_TIMER_MS, leftMs - Math.min(60_000, leftMs / 5)));
}
