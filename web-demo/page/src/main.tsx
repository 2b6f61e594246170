// SPDX-License-Identifier: Apache-2.0
import { useSignal } from "@preact/signals";
import { render } from "preact";
import * as fleet from "./fleet.js";
import { FleetView } from "./fleet-view.js";
import * as phone from "./phone.js";
import { PhoneStory } from "./phone-view.js";
import { RoomView } from "./room-view.js";
import { discover, gateways, needsToken, paste, trouble, wasRefused } from "./world.js";

function App() {
  return (
    <>
      <header class="page-head">
        <p class="brand">
          <img src="/icon.svg" width="28" height="28" alt="" /> Holdfast
        </p>
        <h1>A phone loses its connection, even its gateway, and misses nothing.</h1>
        <p class="lead">
          Numbers are sent to this phone all the time. Take its network away and give it back: what was sent meanwhile
          waited on the server, and arrives in order.
        </p>
      </header>
      <main>
        <Content />
      </main>
      <footer class="page-foot dim">
        MQTT over WebSocket, to this gateway and nobody else. The client is the package in <code>web-demo/client</code>.
      </footer>
    </>
  );
}

function Content() {
  if (trouble.value) return <Trouble />;
  if (needsToken.value) return <TokenForm />;
  return (
    <>
      <PhoneStory />
      {!phone.takenFrom && <FleetView />}
      {!phone.takenFrom && <RoomView />}
    </>
  );
}

function Trouble() {
  return (
    <section class="notice" role="alert">
      <p>{trouble.value}</p>
      <button type="button" class="primary" onClick={() => void start()}>
        Try again
      </button>
    </section>
  );
}

function TokenForm() {
  const token = useSignal("");
  return (
    <form
      class="notice"
      onSubmit={(event) => {
        event.preventDefault();
        const isAnother = wasRefused.value;
        paste(token.value);
        if (isAnother) location.reload(); // all clients of the page have stopped
        else begin();
      }}
    >
      {wasRefused.value && <p role="alert">The gateway has refused that token.</p>}
      <label class="wide">
        This gateway asks for a token that may publish and subscribe to demo/#
        <input required autocomplete="off" value={token} onInput={({ currentTarget }) => (token.value = currentTarget.value)} />
      </label>
      <button class="primary">Connect</button>
    </form>
  );
}

function begin(): void {
  void phone.begin();
  if (!phone.takenFrom) fleet.begin();
}

async function start(): Promise<void> {
  await discover();
  if (gateways.value.length > 0 && !needsToken.value) begin();
}

render(<App />, document.getElementById("app") as HTMLElement);
void start();
