// SPDX-License-Identifier: Apache-2.0
// A room where windows talk, each with the QoS and the version of MQTT that it likes.
import { connect, type Client, type State } from "@holdfast/client";
import { signal } from "@preact/signals";
import { Radio } from "./radio.js";
import { fetchToken, idOf, urlsFrom } from "./world.js";

const ROOM = "demo/room";
const MOST_LINES = 50;

export type Version = 3 | 4 | 5;

/** A line of the talk. */
export interface Line {
  readonly key: number;
  readonly kind: "said" | "came" | "left" | "dropped";
  readonly who: string;
  readonly text: string;
}

export const state = signal<State>({ name: "idle" });
export const lines = signal<readonly Line[]>([]);
export const isDropped = signal(false);

const radio = new Radio();
let client: Client | undefined;
let name = "";
let keys = 0;

/** Comes in. The will says who dropped, should this window end without a goodbye. */
export async function enter(as: string, protocolVersion: Version): Promise<void> {
  name = as;
  isDropped.value = false;
  radio.switchOff(false);
  const own = (client = connect({
    gateways: urlsFrom(0),
    clientId: idOf("room"),
    protocolVersion,
    clean: true,
    token: () => fetchToken(600),
    webSocket: radio.open,
    will: { topic: `${ROOM}/dropped`, payload: as, qos: 1 },
  }));
  own.on("state", (now) => (state.value = now));
  state.value = own.state;
  own.on("message", ({ topic, payload }) => {
    const kind = topic.slice(ROOM.length + 1) as Line["kind"];
    const said = new TextDecoder().decode(payload);
    const [who, text] = kind === "said" ? (JSON.parse(said) as [string, string]) : [said, ""];
    lines.value = [...lines.value, { key: ++keys, kind, who, text }].slice(-MOST_LINES);
  });
  await own.subscribe(`${ROOM}/+`, 2);
  await own.publish(`${ROOM}/came`, as);
}

export async function say(text: string, qos: 0 | 1 | 2): Promise<void> {
  await client?.publish(`${ROOM}/said`, JSON.stringify([name, `${text}  (QoS ${qos})`]), { qos });
}

/** Goes with a goodbye: no will. */
export async function leave(): Promise<void> {
  await client?.publish(`${ROOM}/left`, name);
  await client?.stop();
}

/** Loses the connection: the others hear it from the will. */
export function drop(isOff: boolean): void {
  isDropped.value = isOff;
  radio.switchOff(isOff);
}
