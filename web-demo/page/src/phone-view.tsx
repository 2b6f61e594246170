// SPDX-License-Identifier: Apache-2.0
import type { State } from "@holdfast/client";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import * as phone from "./phone.js";
import { canKill, command, dead, gateways, givesTokens, nameOf, showsSessions, type GatewayInfo } from "./world.js";

const STRIP_CELLS = 48;
const TITLES = ["QoS 0", "QoS 1", "QoS 2"];
const PROMISES = ["at most once", "at least once", "exactly once"];

/** What a state is called on the page. */
export function wordsOf(state: State): string {
  switch (state.name) {
    case "online":
      return `online at ${nameOf(state.gateway)}`;
    case "connecting":
      return `connecting to ${nameOf(state.gateway)}`;
    case "offline":
      return "offline, tries again";
    case "stopped":
      return state.why === "taken-over" ? "taken over" : `stopped: ${state.why}`;
    case "idle":
      return "starting";
  }
}

function wordsOfPhone(): string {
  const state = phone.state.value;
  if (phone.isInAirplaneMode.value && state.name !== "stopped") return "no network";
  if (phone.waitsForToken.value && state.name === "connecting") return "waits for a token";
  return gateways.value.length > 1 || state.name !== "online" ? wordsOf(state) : "online";
}

/** The phone and everything that can happen to it. */
export function PhoneStory() {
  return (
    <section class="phone-story" aria-labelledby="phone-title">
      <h2 id="phone-title" class="visually-hidden">
        The phone
      </h2>
      <Phone />
      <div class="fate">
        <Gateways />
        {showsSessions() && <ServerQueue />}
        <Controls />
        <Story />
      </div>
    </section>
  );
}

function Phone() {
  const state = phone.state.value;
  return (
    <div class={`phone is-${state.name}`}>
      <div class="phone-bar">
        <span class="phone-signal" aria-hidden="true">
          {phone.isInAirplaneMode.value ? "✈" : state.name === "online" ? "▂▄▆█" : "▂▁▁▁"}
        </span>
        <span class="phone-state" role="status">
          {wordsOfPhone()}
        </span>
        <TokenLeft />
      </div>
      <div class="phone-screen">
        {phone.ledgers.map((_, qos) => (
          <LedgerView key={qos} qos={qos} />
        ))}
        <p class={`verdict ${phone.isIntact.value ? "is-good" : "is-bad"}`}>
          {phone.isIntact.value ? "✓ QoS 1 and 2: nothing missing" : "✗ something is missing"}
        </p>
        <Network />
      </div>
    </div>
  );
}

/** What the visitor does to the phone's network, on the phone, as on a real one. */
function Network() {
  const { isInAirplaneMode, isSlow } = phone;
  return (
    <div class="network" role="group" aria-label="The phone's network">
      <button type="button" class="primary" onClick={() => phone.airplaneMode(!isInAirplaneMode.value)}>
        {isInAirplaneMode.value ? "Back online" : "✈ Airplane mode"}
      </button>
      <button type="button" aria-pressed={isSlow.value} onClick={() => phone.slowNetwork(!isSlow.value)}>
        Slow network
      </button>
    </div>
  );
}

function LedgerView({ qos }: { qos: number }) {
  phone.turn.value;
  const ledger = phone.ledgers[qos as phone.Qos];
  const { expected, received, duplicates, gaps } = ledger.counts;
  const cells = ledger.latest(STRIP_CELLS);
  return (
    <div class="ledger" data-qos={qos}>
      <div class="ledger-title">
        <strong>{TITLES[qos]}</strong> <span class="dim">{PROMISES[qos]}</span>
      </div>
      <div class="strip" aria-hidden="true">
        {Array.from({ length: STRIP_CELLS }, (_, at) => {
          const cell = cells[at - STRIP_CELLS + cells.length];
          return <i key={at} class={cell ? `cell is-${cell.cell}` : "cell"} />;
        })}
      </div>
      <dl class="counts">
        <Count name="expected" value={expected} />
        <Count name="received" value={received} />
        <Count name="twice" value={duplicates} tone={duplicates > 0 && qos === 2 ? "bad" : ""} />
        <Count name="missing" value={gaps} tone={gaps > 0 ? (qos > 0 ? "bad" : "lost") : ""} />
      </dl>
    </div>
  );
}

function Count({ name, value, tone = "" }: { name: string; value: number; tone?: string }) {
  return (
    <div class={`count ${tone && `is-${tone}`}`}>
      <dt>{name}</dt>
      <dd data-count={name}>{value}</dd>
    </div>
  );
}

/** How full the phone's queue on the server is; it holds a thousand, unless it is told otherwise. */
function ServerQueue() {
  const { queued = 0, dropped = 0 } = phone.onServer.value ?? {};
  return (
    <div class="server-queue">
      <span id="server-queue">
        Waiting on the server
        {dropped > 0 && <span class="dim"> ({dropped} dropped)</span>}
      </span>
      <strong data-queued={queued}>{queued}</strong>
      <div class="meter" role="meter" aria-labelledby="server-queue" aria-valuenow={queued} aria-valuemin={0} aria-valuemax={1000}>
        <div style={{ width: `${Math.min(100, queued / 10)}%` }} />
      </div>
    </div>
  );
}

function TokenLeft() {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const ends = phone.tokenEnds.value;
  const left = ends === undefined ? undefined : Math.max(0, Math.ceil((ends - now.value) / 1000));
  return (
    <span class="phone-token" title="How long the token is good">
      {left === undefined ? "no token" : `token ${left} s`}
    </span>
  );
}

function Gateways() {
  const at = phone.state.value.name === "online" ? phone.state.value.gateway : undefined;
  return (
    <ul class="gateways" aria-label="Gateways">
      {gateways.value.map((gateway) => (
        <GatewayCard key={gateway.url} gateway={gateway} hasPhone={gateway.url === at} />
      ))}
    </ul>
  );
}

function GatewayCard({ gateway, hasPhone }: { gateway: GatewayInfo; hasPhone: boolean }) {
  const isDead = dead.value.has(gateway.name);
  const isBusy = useSignal(false);
  const run = async (verb: "kill" | "start"): Promise<void> => {
    isBusy.value = true;
    await command(verb, gateway).finally(() => (isBusy.value = false));
  };
  return (
    <li class={`gateway ${isDead ? "is-dead" : ""} ${hasPhone ? "has-phone" : ""}`} data-gateway={gateway.name}>
      <span class="gateway-name">{gateway.name}</span>
      <span class="dim">{isDead ? "killed" : hasPhone ? "has the phone" : new URL(gateway.url).host}</span>
      {canKill && (
        <button class="small" type="button" disabled={isBusy.value} onClick={() => void run(isDead ? "start" : "kill")}>
          {isDead ? "start again" : "kill -9"}
          <span class="visually-hidden"> {gateway.name}</span>
        </button>
      )}
    </li>
  );
}

function Controls() {
  const { state, isTokenHeld } = phone;
  const isTakenOver = state.value.name === "stopped" && state.value.why === "taken-over";
  return (
    <div class="controls" role="group" aria-label="What else happens to the phone">
      {!phone.takenFrom && (
        <button type="button" onClick={phone.burst}>
          Send 500 more
        </button>
      )}
      {isTakenOver ? (
        <button type="button" onClick={phone.takeBack}>
          Take the phone back
        </button>
      ) : (
        !phone.takenFrom && (
          <a class="button" href={`/?phone=${phone.phoneId}`} target="_blank" rel="opener">
            Same phone in another tab
          </a>
        )
      )}
      {givesTokens() && (
        <>
          <button type="button" disabled={isTokenHeld.value} onClick={() => void phone.expireToken()}>
            Let the token expire
          </button>
          <button type="button" onClick={() => void phone.renewToken()}>
            Renew the token
          </button>
        </>
      )}
    </div>
  );
}

function Story() {
  return (
    <ol class="story" aria-live="polite" aria-label="What has happened" tabIndex={0}>
      {phone.story.value.map(({ at, text }) => (
        <li key={`${at}${text}`}>
          <time class="dim">{new Date(at).toLocaleTimeString()}</time> {text}
        </li>
      ))}
    </ol>
  );
}
