// SPDX-License-Identifier: Apache-2.0
// A small fleet of sensors, and who watches it. Their latest readings are retained, so that a new visitor sees them at once.
import { connect, type State } from "@holdfast/client";
import { signal } from "@preact/signals";
import { Recent } from "./latency.js";
import { fetchToken, idOf, urlsFrom } from "./world.js";

const READ_EVERY_MS = 500;
const SHOWN = 120;

/** A kind of sensor: what it measures, around which value, how lively. */
const KINDS = [
  { id: "wind", title: "Wind", unit: "m/s", middle: 8, swing: 4 },
  { id: "power", title: "Turbine", unit: "kW", middle: 420, swing: 120 },
  { id: "sea", title: "Sea", unit: "°C", middle: 11, swing: 1.5 },
  { id: "swell", title: "Swell", unit: "m", middle: 1.8, swing: 0.8 },
] as const;

export interface Sensor {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  readonly readings: Recent;
}

interface Reading {
  readonly value: number;
  readonly at: number;
}

export const sensors: readonly Sensor[] = KINDS.map((kind) => ({ ...kind, readings: new Recent(SHOWN) }));
export const state = signal<State>({ name: "idle" });
/** Grows with each reading. */
export const turn = signal(0);
/** Messages in the last second, and how long they took, in milliseconds. */
export const throughput = signal(0);
export const latency = new Recent(400);

/** Begins to watch; and to measure, unless another tab does. */
export function begin(): void {
  const byId = new Map(sensors.map((sensor) => [sensor.id, sensor]));
  const watcher = connect({
    gateways: urlsFrom(2),
    clientId: idOf("watcher"),
    clean: true,
    token: () => fetchToken(600),
  });
  let sinceLook = 0;
  watcher.on("state", (now) => (state.value = now));
  watcher.on("message", ({ topic, payload, retain }) => {
    const { value, at } = JSON.parse(new TextDecoder().decode(payload)) as Reading;
    byId.get(topic.split("/")[2] ?? "")?.readings.add(value);
    if (!retain) latency.add(Math.max(0, Date.now() - at));
    sinceLook++;
    turn.value++;
  });
  void watcher.subscribe("demo/fleet/+", 0).catch(() => {});
  setInterval(() => {
    throughput.value = sinceLook;
    sinceLook = 0;
  }, 1000);
  if (navigator.locks) void navigator.locks.request("demo-fleet", () => measure());
  else void measure();
}

/** Measures for ever. */
function measure(): Promise<never> {
  const fleet = connect({
    gateways: urlsFrom(1),
    clientId: idOf("fleet"),
    clean: true,
    token: () => fetchToken(600),
  });
  let step = 0;
  setInterval(() => {
    if (fleet.state.name !== "online") return; // a reading of a minute ago is of no use
    step++;
    KINDS.forEach(({ id, middle, swing }, at) => {
      const value = middle + swing * (Math.sin(step / (9 + 4 * at)) + 0.3 * Math.sin(step / 2.3 + at) + 0.2 * (Math.random() - 0.5));
      const reading: Reading = { value: Math.round(value * 100) / 100, at: Date.now() };
      fleet.publish(`demo/fleet/${id}`, JSON.stringify(reading), { qos: 0, retain: true }).catch(() => {});
    });
  }, READ_EVERY_MS);
  return new Promise(() => {});
}
