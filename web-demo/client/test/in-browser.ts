// SPDX-License-Identifier: Apache-2.0
// What the pages of the tests in Chromium run.
import { connect, connectShared, type Client, type ClientOptions } from "../src/index.js";
import { scenarios, type World } from "./scenarios.js";

declare global {
  interface Window {
    world(name: keyof World, ...args: unknown[]): Promise<never>;
    story(name: string): Promise<void>;
    begin(options: ClientOptions, shared?: boolean): void;
    client: Client;
    received: string[];
    stateNames: string[];
    sessionsLost: number;
    outcomes: string[];
    /** Has what other tabs say wait, or lets it in. */
    hold(isHeld: boolean): void;
  }
}

const world = new Proxy({} as World, {
  get: (_, name) => (...args: unknown[]) => window.world(name as keyof World, ...args),
});

window.story = (name) => (scenarios[name] as (typeof scenarios)[string])(world);

// What a page has received is written down in the task in which it came, as an application would that must not forget.
window.received = JSON.parse(sessionStorage.getItem("received") ?? "[]") as string[];
window.stateNames = [];
window.sessionsLost = 0;

let isHeld = false;
const late: (() => void)[] = [];
window.BroadcastChannel = class extends BroadcastChannel {
  override set onmessage(hear: (this: BroadcastChannel, event: MessageEvent) => unknown) {
    super.onmessage = (event) => {
      if (isHeld) late.push(() => hear.call(this, event));
      else hear.call(this, event);
    };
  }
};
window.hold = (hold) => {
  isHeld = hold;
  if (!hold) for (const each of late.splice(0)) each();
};

Object.assign(window, {
  begin(options: ClientOptions, shared = false) {
    window.client = (shared ? connectShared : connect)(options);
    window.client.on("state", (state) => window.stateNames.push(state.name));
    window.client.on("sessionLost", () => window.sessionsLost++);
    window.client.on("message", (message) => {
      window.received.push(new TextDecoder().decode(message.payload));
      sessionStorage.setItem("received", JSON.stringify(window.received));
    });
  },
});
