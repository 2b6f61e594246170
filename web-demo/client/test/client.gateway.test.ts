// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket as NodeWebSocket } from "ws";
import { openChromium, serveScript } from "../../testing/chromium.js";
import { Machines } from "../../testing/gateways.js";
import { worldOf } from "../../testing/world.js";
import { scenarios, socketsBy, type World } from "./scenarios.js";

const machines = new Machines();
const world = worldOf(machines);
let browser: BrowserContext;
let site: { url: string; server: Server };

beforeAll(async () => {
  site = await serveScript(fileURLToPath(new URL("in-browser.ts", import.meta.url)));
  browser = await openChromium(machines.directory);
});

afterAll(async () => {
  await browser?.close();
  site?.server.close();
  world.close();
  await machines.close();
});

async function open(): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  await page.exposeFunction("world", (name: keyof World, ...args: never[]) =>
    (world[name] as (...given: never[]) => Promise<unknown>)(...args),
  );
  await page.goto(site.url);
  await page.waitForFunction(() => "begin" in window);
  return page;
}

/** Begins a client on a page. */
function begin(page: Page, options: object, shared = false): Promise<void> {
  return page.evaluate(
    ([given, isShared]) => (window as unknown as { begin(o: object, s: boolean): void }).begin(given, isShared),
    [{ backoff: { baseMs: 50, capMs: 500 }, ...options }, shared] as const,
  );
}

const isOnline = (page: Page): Promise<unknown> => page.waitForFunction(() => window.client.state.name === "online");

describe.concurrent("in Node", () => {
  socketsBy((url, protocols) => new NodeWebSocket(url, protocols) as unknown as WebSocket);
  for (const [name, scenario] of Object.entries(scenarios)) test(name, () => scenario(world));
});

describe.concurrent("in Chromium", () => {
  for (const name of Object.keys(scenarios)) {
    test(name, async () => {
      const page = await open();
      await page.evaluate((story) => window.story(story), name);
      await page.close();
    });
  }

  /**
   * A page that is reloaded forgets what MQTT.js has in flight: a QoS 2 message would be lost or come twice. It is kept in
   * IndexedDB instead, with what waits, and goes on where it was.
   */
  test("a reload in the middle of QoS 2 loses nothing and repeats nothing, to neither side", async () => {
    const { url } = await world.gateway({});
    const topic = await world.unique();
    const [writer, reader] = [await open(), await open()];
    const reads = { gateways: [url], clientId: `reader-${topic}`, persist: true };
    const writes = { gateways: [url], clientId: `writer-${topic}`, persist: true, maxInflight: 8 };
    await begin(reader, reads);
    await reader.evaluate((filter) => window.client.subscribe(filter, 2), topic);
    for (let round = 0; round < 4; round++) {
      await begin(writer, writes);
      await isOnline(writer);
      await writer.evaluate(
        ([to, from]) => {
          for (let n = 0; n < 50; n++) window.client.publish(to, String(from + n), { qos: 2 }).catch(() => {});
        },
        [topic, round * 50] as const,
      );
      await reader.waitForFunction((enough) => window.received.length > enough, round * 50 + 7);
      await Promise.all([writer.reload(), reader.reload()]);
      await begin(reader, reads);
      await reader.evaluate((filter) => void window.client.subscribe(filter, 2), topic);
    }
    await begin(writer, writes);

    await reader.waitForFunction(() => window.received.length >= 200);
    const received = await reader.evaluate(() => window.received);
    expect(received).toEqual(Array.from({ length: 200 }, (_, n) => String(n)));
    await Promise.all([writer.close(), reader.close()]);
  });

  /** Two tabs with one client identifier throw each other out, for ever; with a shared connection there is nothing to fight for. */
  test("tabs share one connection, and the next one takes its place when its tab is closed", async () => {
    const { url } = await world.gateway({});
    const topic = await world.unique();
    const [first, second, other] = [await open(), await open(), await open()];
    const options = { gateways: [url], clientId: `shared-${topic}`, persist: true };
    await begin(first, options, true);
    await isOnline(first);
    await begin(second, options, true);
    await first.evaluate((filter) => window.client.subscribe(`${filter}/a`, 1), topic);
    await second.evaluate((filter) => window.client.subscribe(`${filter}/b`, 1), topic);
    await isOnline(second);
    await begin(other, { gateways: [url], clientId: `other-${topic}` });
    await other.evaluate(async (to) => {
      await window.client.publish(`${to}/a`, "for the first");
      await window.client.publish(`${to}/b`, "for the second");
    }, topic);
    await first.waitForFunction(() => window.received.length === 1);
    await second.waitForFunction(() => window.received.length === 1);
    await second.evaluate((to) => window.client.publish(`${to}/a`, "from the second", { qos: 2 }), topic);
    await first.waitForFunction(() => window.received.length === 2);

    await first.close({ runBeforeUnload: false });
    await second.waitForFunction(() => window.stateNames.includes("connecting") && window.client.state.name === "online");
    await other.evaluate((to) => window.client.publish(`${to}/b`, "after the change"), topic);
    await second.waitForFunction(() => window.received.length === 2);

    expect(await second.evaluate(() => window.received)).toEqual(["for the second", "after the change"]);
    expect(await second.evaluate(() => window.stateNames)).not.toContain("stopped");
    await Promise.all([second.close(), other.close()]);
  });

  /** A socket whose other end has gone without a word looks alive; a page that comes back must not wait a keep alive to find out. */
  test("a page that is seen again finds out at once that its connection is dead", async () => {
    const silent = await world.gateway({ mortal: true });
    const well = await world.gateway({});
    const page = await open();
    await begin(page, { gateways: [silent.url, well.url], clientId: await world.unique(), probeMs: 500 });
    await isOnline(page);
    await world.kill(silent.id, "SIGSTOP");

    // More than once, since a ping may still have been answered.
    const isAtTheOther = (url: string): boolean => {
      document.dispatchEvent(new Event("resume"));
      const { state } = window.client;
      return state.name === "online" && state.gateway === url;
    };
    await page.waitForFunction(isAtTheOther, well.url, { polling: 1000 });

    expect(await page.evaluate(() => window.stateNames)).toContain("offline");
    await page.close();
  });
});
