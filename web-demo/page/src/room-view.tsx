// SPDX-License-Identifier: Apache-2.0
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import * as room from "./room.js";
import { wordsOf } from "./phone-view.js";

const VERSIONS: readonly { version: room.Version; name: string }[] = [
  { version: 5, name: "MQTT 5" },
  { version: 4, name: "MQTT 3.1.1" },
  { version: 3, name: "MQTT 3.1" },
];

/** A room for two windows. */
export function RoomView() {
  const isIn = room.state.value.name !== "idle" && room.state.value.name !== "stopped";
  return (
    <section class="room" aria-labelledby="room-title">
      <header class="section-head">
        <h2 id="room-title">A room for two windows</h2>
        <p class="dim">{isIn ? wordsOf(room.state.value) : "Enter here, and in a second window."}</p>
      </header>
      <ol class="talk" aria-live="polite" aria-label="The talk" tabIndex={0}>
        {room.lines.value.length === 0 && <li class="dim">Nobody has said anything yet.</li>}
        {room.lines.value.map((line) => (
          <li key={line.key} class={`line is-${line.kind}`}>
            <strong>{line.who}</strong> {wordsFor(line)}
          </li>
        ))}
      </ol>
      {isIn ? <Say /> : <Enter />}
    </section>
  );
}

function wordsFor({ kind, text }: room.Line): string {
  return kind === "said" ? text : kind === "came" ? "came in" : kind === "left" ? "left" : "dropped: this is the will speaking";
}

function submitted(act: () => unknown): JSX.SubmitEventHandler<HTMLFormElement> {
  return (event) => {
    event.preventDefault();
    act();
  };
}

function Enter() {
  const name = useSignal(`Guest ${Math.floor(Math.random() * 90 + 10)}`);
  const version = useSignal<room.Version>(5);
  return (
    <form class="row" onSubmit={submitted(() => void room.enter(name.value, version.value))}>
      <label>
        Name
        <input required maxLength={30} value={name} onInput={({ currentTarget }) => (name.value = currentTarget.value)} />
      </label>
      <label>
        Version
        <select value={version} onChange={({ currentTarget }) => (version.value = Number(currentTarget.value) as room.Version)}>
          {VERSIONS.map((each) => (
            <option key={each.version} value={each.version}>
              {each.name}
            </option>
          ))}
        </select>
      </label>
      <button class="primary">Enter</button>
    </form>
  );
}

function Say() {
  const text = useSignal("");
  const qos = useSignal<0 | 1 | 2>(1);
  const say = (): void => {
    if (text.value) void room.say(text.value, qos.value).catch(() => {});
    text.value = "";
  };
  return (
    <form class="row" onSubmit={submitted(say)}>
      <label class="wide">
        Message
        <input maxLength={200} value={text} onInput={({ currentTarget }) => (text.value = currentTarget.value)} />
      </label>
      <label>
        QoS
        <select value={qos} onChange={({ currentTarget }) => (qos.value = Number(currentTarget.value) as 0 | 1 | 2)}>
          {[0, 1, 2].map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <button class="primary">Say</button>
      <button type="button" aria-pressed={room.isDropped.value} onClick={() => room.drop(!room.isDropped.value)}>
        Drop
      </button>
      <button type="button" onClick={() => void room.leave()}>
        Leave
      </button>
    </form>
  );
}
