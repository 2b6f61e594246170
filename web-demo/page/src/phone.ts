// SPDX-License-Identifier: Apache-2.0
// The phone, and who sends to it.
import { connect, type Client, type ClientEvents, type State } from "@holdfast/client";
import { computed, signal } from "@preact/signals";
import { Ledger, type LedgerNote } from "./ledger.js";
import { Radio } from "./radio.js";
import { fetchToken, idOf, refused, showsSessions, urlsFrom, waitingFor, type Waiting } from "./world.js";

export const QOS = [0, 1, 2] as const;
export type Qos = (typeof QOS)[number];

const TOKEN_SECONDS = 120;
const SHORT_TOKEN_SECONDS = 2;
const SEND_EVERY_MS = 500;
const LOOK_EVERY_MS = 500;
const BACKOFF = { baseMs: 300, capMs: 3000 };

/** The phone of another tab that this one plays, or undefined. */
export const takenFrom = new URLSearchParams(location.search).get("phone")?.match(/^demo-phone-[a-z0-9]+$/)?.[0];

export const phoneId = takenFrom ?? idOf("phone");
export const state = signal<State>({ name: "idle" });
export const isInAirplaneMode = signal(false);
export const isSlow = signal(false);
export const isTokenHeld = signal(false);
/** Whether the phone stands there without one. */
export const waitsForToken = signal(false);
export const tokenEnds = signal<number | undefined>(undefined);
export const onServer = signal<Waiting | undefined>(undefined);
/** Grows with each change of the ledgers. */
export const turn = signal(0);
/** What has happened, in words, the latest first. */
export const story = signal<readonly { at: number; text: string }[]>([]);

const radio = new Radio();
export const ledgers = restored();
let phone: Client | undefined;
let sender: Client | undefined;
/** Kept back while the visitor lets the token run out. */
let held: Promise<void> | undefined;
let release: (() => void) | undefined;
/** The token to be shown next, once. */
let short: string | undefined;

/** Whether nothing is missing and nothing came twice where it is promised. */
export const isIntact = computed(() => {
  turn.value;
  const [, one, two] = ledgers.map(({ counts }) => counts);
  return one?.gaps === 0 && two?.gaps === 0 && two.duplicates === 0;
});

function restored(): [Ledger, Ledger, Ledger] {
  const notes = takenFrom ? undefined : (JSON.parse(sessionStorage.getItem("ledgers") ?? "null") as LedgerNote[] | null);
  return [new Ledger(notes?.[0]), new Ledger(notes?.[1]), new Ledger(notes?.[2])];
}

/** Writes the ledgers down in the task in which they changed: a reload must not make the page forget what the phone has read. */
function changed(): void {
  if (!takenFrom) sessionStorage.setItem("ledgers", JSON.stringify(ledgers.map(({ note }) => note)));
  turn.value++;
}

function tell(text: string): void {
  story.value = [{ at: Date.now(), text }, ...story.value].slice(0, 6);
}

/** Begins: the phone reads its topic with a session that is kept, and the sender counts. */
export async function begin(): Promise<void> {
  const client = (phone = connect({
    gateways: urlsFrom(0),
    clientId: phoneId,
    sessionExpirySeconds: 3600,
    token: phoneToken,
    backoff: BACKOFF,
    persist: !takenFrom,
    webSocket: radio.open,
  }));
  const follow = narrator();
  client.on("state", (now) => {
    follow(now);
    state.value = now;
    if (now.name === "stopped" && now.why === "token-refused") refused();
  });
  state.value = client.state;
  client.on("token", ({ expiresAt }) => (tokenEnds.value = expiresAt));
  client.on("sessionLost", () => tell("The server had lost the session. The phone has subscribed again."));
  client.on("message", ({ topic, payload }) => {
    const qos = Number(topic.at(-1)) as Qos;
    const n = Number(new TextDecoder().decode(payload));
    if (takenFrom) ledgers[qos].beginAfter(n - 1);
    ledgers[qos].receive(n);
    changed();
  });
  const subscribed = QOS.map((qos) => client.subscribe(topicOf(qos), qos));
  setInterval(() => void look(), LOOK_EVERY_MS);
  if (takenFrom) return;
  try {
    await Promise.all(subscribed);
  } catch {
    return tell("The token may not subscribe to demo/#, so nothing can come here.");
  }
  sender = connect({
    gateways: urlsFrom(1),
    clientId: idOf("sender"),
    token: () => fetchToken(TOKEN_SECONDS),
    backoff: BACKOFF,
    persist: true,
    outbox: { maxMessages: 5000 },
  });
  setInterval(() => QOS.forEach(send), SEND_EVERY_MS);
}

function topicOf(qos: Qos): string {
  return `demo/phone/${phoneId}/${qos}`;
}

function send(qos: Qos): void {
  const n = ledgers[qos].next();
  sender?.publish(topicOf(qos), String(n), { qos }).catch(() => {});
  changed();
}

async function phoneToken(): Promise<string> {
  if (short) {
    const token = short;
    short = undefined;
    return token;
  }
  if (isTokenHeld.value) {
    waitsForToken.value = true;
    await (held ??= new Promise<void>((released) => (release = released)));
    waitsForToken.value = false;
  }
  return fetchToken(TOKEN_SECONDS);
}

async function look(): Promise<void> {
  if (document.hidden || !showsSessions() || !["offline", "connecting", "stopped", "online"].includes(state.value.name)) return;
  onServer.value = await waitingFor(phoneId).catch(() => undefined);
}

/** Says in words what the changes of the phone's state mean. */
function narrator(): (now: State) => void {
  let away: number | undefined;
  let before: ClientEvents["state"] | undefined;
  return (now) => {
    if (now.name === "online") {
      const came = ledgers.map(({ counts }) => counts.waiting).reduce((sum, waiting) => sum + waiting, 0);
      if (before === undefined) tell("Connected. Three sequences of numbers arrive, one for each QoS.");
      else if (away !== undefined && now.sessionPresent) tell(`Back after ${seconds(Date.now() - away)}: the session was kept, ${came} messages follow.`);
      away = undefined;
    } else if (now.name === "offline" && before?.name === "online") {
      away = Date.now();
      tell(
        isInAirplaneMode.value
          ? "The socket is gone, without goodbye. What is sent now waits on the server."
          : now.why === "token expired"
            ? "The token has expired: the gateway closed the connection and kept the session."
            : `The connection is gone (${now.why}). Looking for a gateway.`,
      );
    } else if (now.name === "stopped" && now.why === "taken-over") {
      away = Date.now();
      tell("Another tab has taken this phone over. This one has stopped, instead of fighting for it.");
    } else if (now.name === "stopped" && now.why !== "asked") {
      tell(`Stopped: ${now.detail || now.why}.`);
    }
    if (now.name !== "connecting") before = now;
  };
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

export function airplaneMode(isOn: boolean): void {
  isInAirplaneMode.value = isOn;
  radio.switchOff(isOn);
}

export function slowNetwork(isOn: boolean): void {
  isSlow.value = isOn;
  radio.slowDown(isOn);
  tell(isOn ? "The network is slow: everything takes 0.9 s longer, each way." : "The network is fast again.");
}

/** Five hundred messages at once, half at QoS 1 and half at QoS 2. */
export function burst(): void {
  tell("500 messages more, half at QoS 1, half at QoS 2.");
  for (let n = 0; n < 250; n++) ([1, 2] as const).forEach(send);
}

/**
 * Comes back with a token that is good for two seconds, and gets no other until {@link renewToken}. On the live connection a token that
 * ends sooner would change nothing.
 */
export async function expireToken(): Promise<void> {
  tell("The phone comes back with a token for 2 seconds, and nobody gives it another one.");
  short = await fetchToken(SHORT_TOKEN_SECONDS);
  isTokenHeld.value = true;
  await phone?.stop();
  phone?.start();
}

/** Lets the phone have a new token. */
export async function renewToken(): Promise<void> {
  const wasHeld = isTokenHeld.value;
  isTokenHeld.value = false;
  release?.();
  held = release = undefined;
  if (!wasHeld || state.value.name === "online") {
    await phone?.renewToken();
    tell("A new token went over the live connection, by AUTH. Nothing was interrupted.");
  }
}

/** After a takeover: takes the phone back. */
export function takeBack(): void {
  phone?.start();
}
