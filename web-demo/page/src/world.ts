// SPDX-License-Identifier: Apache-2.0
// Where the page is: which gateways there are, who gives tokens, who can kill a gateway.
import { expiryOf } from "@holdfast/client";
import { signal } from "@preact/signals";

/** A gateway as the page names it. */
export interface GatewayInfo {
  readonly name: string;
  readonly url: string;
  /** Where its HTTP answers are. */
  readonly origin: string;
}

/** What the gateway says of itself. */
interface Config {
  readonly gateways: readonly string[];
  /** Of the WebSocket of this gateway. */
  readonly path: string;
  readonly tokens: boolean;
  readonly sessions: boolean;
}

/** How many messages wait on the server for a client. */
export interface Waiting {
  readonly known: boolean;
  readonly queued?: number;
  readonly dropped?: number;
}

/** The gateways, in the order of their names; empty until they are known. */
export const gateways = signal<readonly GatewayInfo[]>([]);
/** Why the page cannot begin, or undefined. */
export const trouble = signal<string | undefined>(undefined);
/** Whether a visitor has to bring a token. */
export const needsToken = signal(false);
/** Whether the one before was refused. */
export const wasRefused = signal(false);
/** Gateways that have been found dead, by name; only with a control. */
export const dead = signal<ReadonlySet<string>>(new Set());

const config = signal<Config | undefined>(undefined);

/** Asks the gateway that has served the page. */
export async function discover(): Promise<void> {
  trouble.value = undefined;
  let found: Config;
  try {
    const answer = await fetch("/demo/config", { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    found = (await answer.json()) as Config;
  } catch {
    trouble.value = "The gateway that served this page does not answer.";
    return;
  }
  config.value = found;
  const own = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${found.path}`;
  const urls = found.gateways.length > 0 ? found.gateways : [own];
  gateways.value = urls.map((url, at) => ({
    name: urls.length === 1 ? "this gateway" : `Gateway ${String.fromCharCode(65 + at)}`,
    url,
    origin: new URL(url.replace(/^ws/, "http")).origin,
  }));
  needsToken.value = !found.tokens && !pasted();
}

export function nameOf(url: string): string {
  return gateways.value.find((each) => each.url === url)?.name ?? new URL(url).host;
}

/** The gateways' URLs, another one first for each place: clients of one page spread over them. */
export function urlsFrom(place: number): string[] {
  const urls = gateways.value.map(({ url }) => url);
  return urls.map((_, at) => urls[(at + place) % urls.length] as string);
}

/** Whether the page may ask how much waits on the server. Until it is known the page keeps the place: nothing jumps. */
export function showsSessions(): boolean {
  return config.value?.sessions ?? true;
}

/** Whether the gateway gives the page tokens; elsewhere the visitor brings one, and there is none to play with. */
export function givesTokens(): boolean {
  return config.value?.tokens ?? true;
}

/** A token of the demo; where the gateway issues none, the one that the visitor has pasted. */
export async function fetchToken(seconds: number): Promise<string> {
  if (!givesTokens()) return pasted() ?? "";
  const { token } = (await askAny(`/demo/token?seconds=${seconds}`)) as { token: string };
  return token;
}

function pasted(): string | undefined {
  const token = sessionStorage.getItem("token");
  return token && (expiryOf(token) ?? Infinity) > Date.now() ? token : undefined;
}

/** Takes the visitor's token, for as long as the tab is open. */
export function paste(token: string): void {
  sessionStorage.setItem("token", token.trim());
  wasRefused.value = false;
  needsToken.value = false;
}

/** The visitor's token was refused: forgets it, and asks for another. */
export function refused(): void {
  if (givesTokens()) return;
  sessionStorage.removeItem("token");
  wasRefused.value = true;
  needsToken.value = true;
}

/** How much waits on the server for a client. */
export async function waitingFor(clientId: string): Promise<Waiting> {
  return (await askAny(`/demo/session?client=${clientId}`)) as Waiting;
}

/** Where an answer came from last: the first to be asked next time. */
let answering = location.origin;

/** Asks the gateways in turn until one answers. */
async function askAny(path: string): Promise<unknown> {
  const others = gateways.value.filter(({ name }) => !dead.value.has(name)).map(({ origin }) => origin);
  for (const origin of new Set([answering, ...others])) {
    try {
      const answer = await fetch(origin + path, { signal: AbortSignal.timeout(3000) });
      if (!answer.ok) continue;
      answering = origin;
      return await answer.json();
    } catch {
      // The next one.
    }
  }
  throw new Error("no gateway answers");
}

/** What three-gateways offers besides: to kill a gateway and to start it again. The URL it prints says where, and the key. */
const [, controlUrl, controlKey] = /^#control=([^&]+)&key=([^&]+)$/.exec(location.hash) ?? [
  undefined,
  sessionStorage.getItem("control") ?? undefined,
  sessionStorage.getItem("key") ?? undefined,
];
if (controlUrl && controlKey) {
  sessionStorage.setItem("control", controlUrl);
  sessionStorage.setItem("key", controlKey);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
}

/** Whether gateways can be killed from here. */
export const canKill = Boolean(controlUrl && controlKey);

/** Kills a gateway as by `kill -9`, or starts it again. */
export async function command(verb: "kill" | "start", gateway: GatewayInfo): Promise<void> {
  const number = gateways.value.indexOf(gateway) + 1;
  const answer = await fetch(`${controlUrl}/${verb}/${number}`, {
    method: "POST",
    headers: { "X-Control-Key": controlKey as string },
  });
  if (!answer.ok) throw new Error(`the control says ${answer.status}`);
  const left = new Set(dead.value);
  if (verb === "kill") left.add(gateway.name);
  else left.delete(gateway.name);
  dead.value = left;
}

/** A short identifier that stays with the tab over reloads. */
export function idOf(role: string): string {
  const key = `id-${role}`;
  let id = sessionStorage.getItem(key);
  if (!id) sessionStorage.setItem(key, (id = `demo-${role}-${Math.random().toString(36).slice(2, 8)}`));
  return id;
}
