// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket as NodeWebSocket } from "ws";
import { openChromium, serveScript } from "../../testing/chromium.js";
import { Machines, token, type Gateway } from "../../testing/gateways.js";
import { worldOf } from "../../testing/world.js";
import { scenarios, socketsBy, type GatewayAt, type World } from "./scenarios.js";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
/** Those of somebody who is strict. */
const COMPILER = { noEmit: true, strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, module: "nodenext", lib: ["es2022", "dom"], types: [] };
const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

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
    ([given, isShared]) => window.begin(given as never, isShared),
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
  test("a reload in the middle of QoS 1 and 2 loses nothing, and repeats nothing at QoS 2, to neither side", async () => {
    const { url } = await world.gateway({});
    const topic = await world.unique();
    const [writer, reader] = [await open(), await open()];
    const reads = { gateways: [url], clientId: `reader-${topic}`, persist: true };
    const writes = { gateways: [url], clientId: `writer-${topic}`, persist: true, maxInflight: 8 };
    await begin(reader, reads);
    await reader.evaluate((filter) => window.client.subscribe(`${filter}/#`, 2), topic);
    for (let round = 0; round < 4; round++) {
      await begin(writer, writes);
      await isOnline(writer);
      await writer.evaluate(
        ([to, from]) => {
          for (let n = from; n < from + 50; n++) {
            for (const qos of [1, 2] as const) window.client.publish(`${to}/${qos}`, `${qos}:${n}`, { qos }).catch(() => {});
          }
        },
        [topic, round * 50] as const,
      );
      await reader.waitForFunction((enough) => window.received.filter((each) => each.startsWith("2:")).length > enough, round * 50 + 7);
      await Promise.all([writer.reload(), reader.reload()]);
      await begin(reader, reads);
      await reader.evaluate((filter) => void window.client.subscribe(`${filter}/#`, 2), topic);
    }
    await begin(writer, writes);

    await reader.waitForFunction(() => new Set(window.received).size >= 400);
    const received = await reader.evaluate(() => window.received);
    const all = (qos: number): string[] => Array.from({ length: 200 }, (_, n) => `${qos}:${n}`);
    expect(received.filter((each) => each.startsWith("2:"))).toEqual(all(2));
    expect([...new Set(received.filter((each) => each.startsWith("1:")))]).toEqual(all(1));
    await Promise.all([writer.close(), reader.close()]);
  });

  /** What is published while what the page before has kept is still being read must not go before it, nor take its place. */
  test("publishes made offline outlive reloads, in order, also those made in the very task in which the client begins", async () => {
    const gone = await world.gateway({ mortal: true });
    const topic = await world.unique();
    await world.kill(gone.id);
    const [writer, reader] = [await open(), await open()];
    for (let round = 0; round < 3; round++) {
      await writer.evaluate(
        async ([url, to, from]) => {
          window.begin({ gateways: [url], clientId: `writer-${to}`, persist: true });
          for (let n = from; n < from + 10; n++) window.client.publish(to, String(n), { qos: 2 }).catch(() => {});
          await new Promise<void>((tried) => {
            window.client.on("state", ({ name }) => name === "offline" && tried());
          });
          await window.client.stop(); // done when all is kept
        },
        [gone.url, topic, round * 10] as const,
      );
      await writer.reload();
    }
    const back = await world.gateway({ insteadOf: gone.id });
    await begin(reader, { gateways: [back.url], clientId: `reader-${topic}` });
    await reader.evaluate((filter) => window.client.subscribe(filter, 2), topic);
    await begin(writer, { gateways: [back.url], clientId: `writer-${topic}`, persist: true });
    await writer.evaluate((to) => window.client.publish(to, "30", { qos: 2 }), topic);
    await reader.waitForFunction(() => window.received.includes("30"));

    expect(await reader.evaluate(() => window.received)).toEqual(Array.from({ length: 31 }, (_, n) => String(n)));
    await Promise.all([writer.close(), reader.close()]);
  });

  test("a session that was lost while the page was away is told to the next page", async () => {
    const a = await world.gateway({ mortal: true });
    const page = await open();
    const options = { gateways: [a.url], clientId: await world.unique(), persist: true };
    await begin(page, options);
    await isOnline(page);
    await page.reload();
    await begin(page, options);
    await isOnline(page);
    expect(await page.evaluate(() => window.sessionsLost)).toBe(0);

    await page.reload();
    await world.kill(a.id);
    await world.gateway({ insteadOf: a.id });
    await begin(page, options);
    await isOnline(page);

    expect(await page.evaluate(() => window.sessionsLost)).toBe(1);
    await page.close();
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

  /** What another tab had asked for, and what it was to hear, is in the middle of its way when the tab with the connection is no more. */
  test("a tab that crashes with the connection loses nothing of the others' and repeats nothing", async () => {
    const { url } = await world.gateway({});
    const topic = await world.unique();
    const [leader, follower, other] = [await open(), await open(), await open()];
    const options = { gateways: [url], clientId: `shared-${topic}` };
    await begin(leader, options, true);
    await isOnline(leader);
    await begin(follower, options, true);
    await follower.evaluate((to) => window.client.subscribe(`${to}/in/+`, 2), topic);
    await isOnline(follower);
    await begin(other, { gateways: [url], clientId: `other-${topic}` });
    await other.evaluate((to) => window.client.subscribe(`${to}/out/+`, 2), topic);

    const talk = ([to, count]: readonly [string, number]): void => {
      window.outcomes = [];
      let n = 0;
      const timer = setInterval(() => {
        for (const qos of [1, 2] as const) {
          window.client.publish(`${to}/${qos}`, `${qos}:${n}`, { qos }).then(
            () => window.outcomes.push("done"),
            (why: Error) => window.outcomes.push(why.message),
          );
        }
        if (++n === count) clearInterval(timer);
      }, 4);
    };
    await Promise.all([
      follower.evaluate(talk, [`${topic}/out`, 250] as const),
      other.evaluate(talk, [`${topic}/in`, 250] as const),
    ]);
    await follower.waitForFunction(() => window.received.length > 20 && window.outcomes.length > 20);
    const all = (qos: number): string[] => Array.from({ length: 250 }, (_, n) => `${qos}:${n}`);
    const [crashed] = await Promise.all([
      leader.waitForEvent("crash"),
      browser.newCDPSession(leader).then((cdp) => void cdp.send("Page.crash").catch(() => {})),
    ]);
    expect(await follower.evaluate(() => window.outcomes.length)).toBeLessThan(500);
    expect(await follower.evaluate(() => window.received.length)).toBeLessThan(500);
    await Promise.all(
      [follower, other].map((page) =>
        page
          .waitForFunction(() => window.outcomes.length === 500 && new Set(window.received).size === 500)
          .catch(async () => {
            const is = await page.evaluate(() => ({ outcomes: window.outcomes, received: [...new Set(window.received)] }));
            const state = await page.evaluate(() => window.client.state);
            const absent = [1, 2].flatMap((qos) => all(qos)).filter((each) => !is.received.includes(each));
            throw new Error(`${is.outcomes.length} of 500 are settled, missing are ${absent}, ${JSON.stringify(state)}`);
          }),
      ),
    );

    for (const page of [follower, other]) {
      const received = await page.evaluate(() => window.received);
      expect(received.filter((each) => each.startsWith("2:"))).toEqual(all(2));
      expect([...new Set(received.filter((each) => each.startsWith("1:")))]).toEqual(all(1));
      expect(await page.evaluate(() => [...new Set(window.outcomes)])).toEqual(["done"]);
    }
    await Promise.all([crashed, follower, other].map((page) => page.close()));
  });

  /**
   * What the tab with the connection has acknowledged and told the others is on its way to them when it crashes. The next one leads
   * when it has heard that: it took no more of those who led before once it led itself, and these messages were lost.
   */
  test("a tab that leads has heard what the one before said last", async () => {
    const { url } = await world.gateway({});
    const topic = await world.unique();
    const [leader, follower, other] = [await open(), await open(), await open()];
    const clientId = `shared-${topic}`;
    await begin(leader, { gateways: [url], clientId }, true);
    await isOnline(leader);
    await begin(follower, { gateways: [url], clientId }, true);
    await isOnline(follower);
    for (const page of [leader, follower]) await page.evaluate((filter) => window.client.subscribe(`${filter}/+`, 2), topic);
    await begin(other, { gateways: [url], clientId: `other-${topic}` });

    await follower.evaluate(() => window.hold(true));
    await other.evaluate(async (to) => {
      for (const qos of [1, 2] as const) {
        for (let n = 0; n < 10; n++) await window.client.publish(`${to}/${qos}`, `${qos}:${n}`, { qos });
      }
    }, topic);
    await leader.waitForFunction(() => window.received.length === 20);
    await Promise.all([
      leader.waitForEvent("crash"),
      browser.newCDPSession(leader).then((cdp) => void cdp.send("Page.crash").catch(() => {})),
    ]);
    await follower.waitForFunction(async (name) => {
      const { held = [], pending = [] } = await navigator.locks.query();
      return held.some((lock) => lock.name === name) && !pending.some((lock) => lock.name === name);
    }, `holdfast:${clientId}`);
    await follower.evaluate(() => window.hold(false));
    await other.evaluate((to) => window.client.publish(`${to}/2`, "2:10", { qos: 2 }), topic);
    await follower.waitForFunction(() => window.received.includes("2:10"));

    const received = await follower.evaluate(() => window.received);
    expect(received.filter((each) => each.startsWith("2:"))).toEqual(Array.from({ length: 11 }, (_, n) => `2:${n}`));
    expect(new Set(received.filter((each) => each.startsWith("1:"))).size).toBe(10);
    await Promise.all([leader, follower, other].map((page) => page.close()));
  });

  test("a client that shares a connection stops for all when it is taken over, and any tab may start it again", async () => {
    const { url } = await world.gateway({});
    const clientId = await world.unique();
    const [leader, follower, other] = [await open(), await open(), await open()];
    await begin(leader, { gateways: [url], clientId }, true);
    await isOnline(leader);
    await begin(follower, { gateways: [url], clientId }, true);
    await isOnline(follower);
    await begin(other, { gateways: [url], clientId });
    for (const page of [leader, follower]) {
      await page.waitForFunction(() => window.client.state.name === "stopped" && window.client.state.why === "taken-over");
    }
    await follower.evaluate(() => window.client.start());
    await Promise.all([isOnline(leader), isOnline(follower)]);
    await other.waitForFunction(() => window.client.state.name === "stopped");
    await other.evaluate(() => window.client.start());
    await follower.waitForFunction(() => window.client.state.name === "stopped");

    await leader.close(); // the next one leads, and does not throw the other one out
    await follower.evaluate(() => window.client.renewToken());

    expect(await follower.evaluate(() => window.stateNames.at(-1))).toBe("stopped");
    expect(await other.evaluate(() => window.stateNames.at(-1))).toBe("online");
    await Promise.all([follower, other].map((page) => page.close()));
  });

  test("a tab that shares a connection stops without the others and starts again, also at once, with all that it had asked for", async () => {
    const { url } = await world.gateway({});
    const topic = await world.unique();
    const [leader, follower, other] = [await open(), await open(), await open()];
    const options = { gateways: [url], clientId: `shared-${topic}` };
    await begin(leader, options, true);
    await isOnline(leader);
    await begin(follower, options, true);
    await isOnline(follower);
    await leader.evaluate((filter) => window.client.subscribe(`${filter}/leader`, 2), topic);
    await follower.evaluate((filter) => window.client.subscribe(`${filter}/follower`, 2), topic);
    await begin(other, { gateways: [url], clientId: `other-${topic}` });
    await other.evaluate((filter) => window.client.subscribe(`${filter}/other`, 2), topic);
    const hears = async (page: Page, to: string, what: string): Promise<void> => {
      await other.evaluate(([name, said]) => window.client.publish(name, said, { qos: 2 }), [`${topic}/${to}`, what] as const);
      await page.waitForFunction((said) => window.received.at(-1) === said, what);
    };
    const again = (page: Page, isAtOnce: boolean): Promise<unknown> =>
      page.evaluate(
        async ([to, atOnce]) => {
          const published = window.client.publish(to, String(atOnce), { qos: 2 });
          const isStopped = window.client.stop();
          if (!atOnce) await isStopped;
          window.client.start();
          await Promise.all([published, isStopped]);
        },
        [`${topic}/other`, isAtOnce] as const,
      );

    for (const isAtOnce of [false, true]) {
      await again(follower, isAtOnce);
      await isOnline(follower);
      await follower.evaluate(() => window.client.renewToken()); // what was asked for before has been heard
      await hears(follower, "follower", `follower ${isAtOnce}`);
    }
    expect(await leader.evaluate(() => window.stateNames)).not.toContain("stopped");
    const before = await follower.evaluate(() => window.stateNames.length);
    await again(leader, true);
    await Promise.all([isOnline(leader), isOnline(follower)]);
    await leader.evaluate(() => window.client.renewToken());
    await hears(leader, "leader", "leader");
    await hears(follower, "follower", "follower");

    expect(await follower.evaluate((from) => window.stateNames.slice(from), before)).not.toContain("stopped");
    expect(await other.evaluate(() => window.received)).toEqual(["false", "true", "true"]);
    await Promise.all([leader, follower, other].map((page) => page.close()));
  });

  test("what a tab had asked for when it stopped with the connection is published once, also when it asks again", async () => {
    const gateway = await world.gateway({ mortal: true });
    const topic = await world.unique();
    const [leader, follower, other] = [await open(), await open(), await open()];
    const options = { gateways: [gateway.url], clientId: `shared-${topic}` };
    await begin(other, { gateways: [gateway.url], clientId: `other-${topic}` });
    await other.evaluate((filter) => window.client.subscribe(filter, 2), topic);
    await begin(leader, options, true);
    await isOnline(leader);
    await begin(follower, options, true);
    await isOnline(follower);

    await world.kill(gateway.id, "SIGSTOP");
    await leader.evaluate(async (to) => {
      window.outcomes = [];
      void window.client.publish(to, "once", { qos: 2 }).then(() => window.outcomes.push("done"));
      await window.client.stop();
    }, topic);
    await world.kill(gateway.id, "SIGCONT");
    await follower.evaluate((to) => window.client.publish(to, "from the next", { qos: 2 }), topic);
    await leader.evaluate(() => window.client.start());
    await leader.waitForFunction(() => window.outcomes.length === 1);
    await leader.evaluate((to) => window.client.publish(to, "last", { qos: 2 }), topic);
    await other.waitForFunction(() => window.received.includes("last"));

    expect(await other.evaluate(() => window.received)).toEqual(["once", "from the next", "last"]);
    await Promise.all([leader, follower, other].map((page) => page.close()));
  });

  test("what only the tab with the connection had subscribed to ends with it, and errors keep their class on the way to another tab", async ({ expect }) => {
    const gateway = await world.gateway({ mortal: true });
    const subscriptions = (): Promise<number> => (world.gateways[gateway.id] as Gateway).metric("mqtt_gateway_subscriptions");
    const [leader, follower] = [await open(), await open()];
    const options = { gateways: [gateway.url], clientId: await world.unique(), outbox: { maxBytes: 100 } };
    await begin(leader, options, true);
    await isOnline(leader);
    await begin(follower, options, true);
    await isOnline(follower);
    await leader.evaluate(() => Promise.all(["one", "two", "both"].map((each) => window.client.subscribe(each))));
    await follower.evaluate(() => Promise.all(["both", "three"].map((each) => window.client.subscribe(each))));
    expect(await subscriptions()).toBe(4);
    const refused = (topic: string): Promise<unknown> =>
      follower.evaluate(
        (to) => window.client.publish(to, "x".repeat(100)).catch((why: Error & { code?: number }) => [why.name, why.code]),
        topic,
      );
    expect([await refused("a/#"), await refused("a")]).toEqual([["RefusedError", 0x90], ["OutboxFullError", undefined]]);

    await leader.close({ runBeforeUnload: false });

    await expect.poll(subscriptions, { timeout: 20_000 }).toBe(2);
    await follower.close();
  });

  /** A socket whose other end has gone without a word looks alive; a page that comes back must not wait a keep alive to find out. */
  test("a page that is seen or thawed, or whose network changes, finds out at once that its connection is dead", async ({ expect }) => {
    const gateways = [await world.gateway({ mortal: true }), await world.gateway({ mortal: true })];
    const page = await open();
    await begin(page, { gateways: gateways.map(({ url }) => url), clientId: await world.unique(), probeMs: 200 });
    await isOnline(page);
    let at = 0;
    const moves = async (wake: () => Promise<unknown>): Promise<void> => {
      const [from, to] = [gateways[at % 2], gateways[++at % 2]] as [GatewayAt, GatewayAt];
      await world.kill(from.id, "SIGSTOP");
      await wake();
      // More than once, since a ping may still have been answered.
      await expect
        .poll(async () => {
          const url = await page.evaluate(() => (window.client.state.name === "online" ? window.client.state.gateway : ""));
          if (url === from.url) await wake();
          return url;
        }, { timeout: 20_000, interval: 300 })
        .toBe(to.url);
      await world.kill(from.id, "SIGCONT");
    };
    for (const name of ["visibilitychange", "resume"]) await moves(() => page.evaluate((each) => document.dispatchEvent(new Event(each)), name));
    for (const name of ["online", "offline", "pageshow"]) await moves(() => page.evaluate((each) => window.dispatchEvent(new Event(each)), name));

    expect(await page.evaluate(() => window.stateNames.filter((name) => name === "offline").length)).toBe(5);
    await page.close();
  });

  test("a client that waits for its next attempt does not wait on when the network is back", async () => {
    const gone = await world.gateway({ mortal: true });
    await world.kill(gone.id);
    const page = await open();
    const aDay = 86_400_000;
    await begin(page, { gateways: [gone.url], clientId: await world.unique(), backoff: { baseMs: aDay, capMs: aDay } });
    await page.waitForFunction(() => window.client.state.name === "offline");
    await world.gateway({ insteadOf: gone.id });
    await page.evaluate(() => window.dispatchEvent(new Event("online")));
    await isOnline(page);
    await page.close();
  });

  /** As somebody installs it who has read its README: the packed package, its types, and the program there. */
  test("the package installs, and the README's program compiles and runs against it", async ({ expect }) => {
    const { url } = await world.gateway({ tokens: true });
    const project = join(machines.directory, "project");
    const [program] = /(?<=```ts\n)[^]*?(?=```)/.exec(readFileSync(join(PACKAGE, "README.md"), "utf8")) ?? [""];
    const run = (command: string, ...args: string[]): string => execFileSync(command, args, { cwd: project, encoding: "utf8" });
    const installed = join(project, "node_modules", "@holdfast", "client");
    mkdirSync(installed, { recursive: true });
    symlinkSync(join(MODULES, "mqtt"), join(project, "node_modules", "mqtt"));
    execFileSync("npm", ["pack", "--silent", "--pack-destination", project], { cwd: PACKAGE });
    run("tar", "-xzf", "holdfast-client-0.1.0.tgz", "--strip-components=1", "-C", installed);
    machines.write("project/package.json", '{"type":"module"}');
    machines.write("project/program.ts", program.replaceAll(/wss:[^"]+/g, url));
    machines.write("project/tsconfig.json", JSON.stringify({ compilerOptions: COMPILER, files: ["program.ts"] }));
    run("node", join(MODULES, "typescript/bin/tsc"), "-p", ".");

    expect(program).toContain("connect(");
    expect(readdirSync(installed).sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
    expect(run("node", "-e", 'import("@holdfast/client").then((all) => console.log(Object.keys(all).sort().join()))').trim()).toBe(
      "OutboxFullError,RefusedError,connect,connectShared,expiryOf",
    );
    const readme = await serveScript(join(project, "program.ts"), { "/token": () => token(60) });
    const page = await browser.newPage();
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    await page.goto(readme.url);
    await expect.poll(() => said, { timeout: 20_000 }).toContain("orders/1 paid");
    expect(said.filter((each) => each.startsWith("online"))).toHaveLength(1);
    await page.close();
    readme.server.close();
  });
});
