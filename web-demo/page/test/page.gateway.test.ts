// SPDX-License-Identifier: Apache-2.0
// The real page in Chromium, from the gateways that serve it.
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { createRequire } from "node:module";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorsOf, openChromium } from "../../testing/chromium.js";
import { Machines, token, type Gateway } from "../../testing/gateways.js";
import { certificate } from "../../testing/tls.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE_MS = 60_000;

const machines = new Machines();
let one: Gateway;
let browser: BrowserContext;

beforeAll(async () => {
  [one, browser] = await Promise.all([machines.gateway(), openChromium(machines.directory)]);
});

afterAll(async () => {
  await browser?.close();
  await machines.close();
});

async function open(url: string, context = browser): Promise<{ page: Page; errors: string[] }> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const errors = errorsOf(page);
  await page.goto(url);
  await page.waitForSelector(".phone.is-online");
  return { page, errors };
}

const count = async (page: Page, qos: number, name: string): Promise<number> =>
  Number(await page.textContent(`[data-qos="${qos}"] [data-count="${name}"]`));

/** Waits until the phone has received at least so much at a QoS, and all that it expects. */
function caughtUp(page: Page, qos: number, atLeast: number): Promise<unknown> {
  return page.waitForFunction(
    ([level, least]) => {
      const read = (name: string): number =>
        Number(document.querySelector(`[data-qos="${level}"] [data-count="${name}"]`)?.textContent);
      return read("received") >= least && read("expected") - read("received") <= 1;
    },
    [qos, atLeast] as const,
  );
}

const press = (page: Page, name: string | RegExp): Promise<void> => page.getByRole("button", { name }).click();

/** What axe has against a page. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(`${AXE}; 0`);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}

async function expectIntact(page: Page): Promise<void> {
  expect([await count(page, 1, "missing"), await count(page, 2, "missing"), await count(page, 2, "twice")]).toEqual([0, 0, 0]);
}

describe("the page", () => {
  test("loads within a second, connects, charts move, nothing is asked of another host, nothing is an error", async () => {
    const requested: string[] = [];
    browser.on("request", (request) => requested.push(new URL(request.url()).host));
    browser.on("page", (each) => each.on("websocket", (socket) => requested.push(new URL(socket.url()).host)));
    const { page: warm } = await open(one.page); // the first visitor waits for a cold JVM
    await warm.close();
    const { page, errors } = await open(one.page);
    const loaded = await page.evaluate(() => {
      const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
      return { ms: navigation?.loadEventEnd ?? Infinity, bytes: performance.getEntriesByType("resource").concat(navigation as never)
        .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0) };
    });
    await page.waitForFunction(() => document.querySelectorAll(".sensor .reading strong").length === 4);
    const before = await page.locator('[data-sensor="wind"] canvas').screenshot();
    const value = await page.textContent('[data-sensor="wind"] .reading');
    await page.waitForFunction((old) => document.querySelector('[data-sensor="wind"] .reading')?.textContent !== old, value);
    await page.waitForFunction(() => [...document.querySelectorAll(".figure dd")].every((figure) => /\d/.test(figure.textContent ?? "")));
    const after = await page.locator('[data-sensor="wind"] canvas').screenshot();

    expect(before.equals(after)).toBe(false);
    expect(loaded.ms).toBeLessThan(1000);
    expect(loaded.bytes).toBeLessThan(150_000);
    expect(loaded.bytes).toBeGreaterThan(50_000); // or it was not measured
    expect([...new Set(requested)]).toEqual([new URL(one.page).host]);
    expect(errors).toEqual([]);
    const blocked = await page.evaluate(async () => {
      const inline = Object.assign(document.createElement("script"), { textContent: "window.ran = true" });
      document.body.append(inline);
      const elsewhere = await fetch("https://example.com/").then(() => "answered", () => "blocked");
      return ["ran" in window, elsewhere];
    });
    expect(blocked).toEqual([false, "blocked"]);
    expect(errors.filter((error) => error.includes("Content Security Policy")).length).toBeGreaterThanOrEqual(2);
    await page.close();
  });

  test("the latest readings are retained: a visitor sees them before anything new is measured", async () => {
    const shown = (page: Page): Promise<unknown> =>
      page.waitForFunction(() => document.querySelectorAll(".sensor .reading strong").length === 4);
    const { page: measuring } = await open(one.page);
    await shown(measuring);
    await measuring.close();
    const holder = await browser.newPage();
    await holder.goto(`${one.page}icon.svg`);
    await holder.evaluate(() => new Promise<void>((held) => void navigator.locks.request("demo-fleet", () => (held(), new Promise(() => {})))));
    const { page } = await open(one.page);
    await shown(page);

    expect(await page.locator(".figure dd").allTextContents()).toEqual([expect.any(String), "–", "–"]); // nothing came live
    await Promise.all([page.close(), holder.close()]);
  });

  test("in airplane mode the queue on the server fills, and 500 messages later nothing is missing and nothing came twice", async () => {
    const { page, errors } = await open(one.page);
    await caughtUp(page, 2, 1);
    await press(page, /Airplane mode/);
    await page.waitForSelector(".phone.is-offline, .phone.is-connecting");
    await press(page, "Send 500 more");
    await page.waitForFunction(() => Number(document.querySelector("[data-queued]")?.getAttribute("data-queued")) >= 500);
    expect(await count(page, 1, "received")).toBeLessThan(250);

    await press(page, "Back online");
    await Promise.all([caughtUp(page, 1, 250), caughtUp(page, 2, 250)]);
    await page.waitForFunction(() => Number(document.querySelector("[data-queued]")?.getAttribute("data-queued")) < 20);

    await expectIntact(page);
    expect(errors).toEqual([]);
    await page.close();
  });

  test("another tab takes the phone over: the first stops and says so, and takes it back when it is asked to", async () => {
    const { page } = await open(one.page);
    await caughtUp(page, 1, 1);
    const [other] = await Promise.all([
      browser.waitForEvent("page"),
      page.getByRole("link", { name: "Same phone in another tab" }).click(),
    ]);
    await other.waitForSelector(".phone.is-online");
    await page.waitForSelector(".phone.is-stopped");
    await caughtUp(other, 1, 1);
    expect(await page.textContent(".phone-state")).toBe("taken over");
    expect(await page.textContent(".story li")).toContain("instead of fighting");

    await press(page, "Take the phone back");
    await page.waitForSelector(".phone.is-online");
    await other.waitForSelector(".phone.is-stopped");
    await other.close();
    await page.close();
  });

  test("a token that expires ends the connection and not the session; a new one over the live connection interrupts nothing", async () => {
    const { page, errors } = await open(one.page);
    await press(page, "Renew the token");
    await page.waitForFunction(() => document.querySelector(".story")?.textContent?.includes("Nothing was interrupted"));
    expect(await page.locator(".phone.is-online").count()).toBe(1);

    await press(page, "Let the token expire");
    await page.waitForFunction(() => document.querySelector(".phone-state")?.textContent === "waits for a token");
    const [received, sent] = [await count(page, 2, "received"), await count(page, 2, "expected")];
    await page.waitForFunction((n) => Number(document.querySelector('[data-qos="2"] dd')?.textContent) > n + 2, sent);
    expect(await count(page, 2, "received")).toBeLessThanOrEqual(received + 1);
    await press(page, "Renew the token");
    await page.waitForSelector(".phone.is-online");
    await caughtUp(page, 2, sent + 2);

    await expectIntact(page);
    expect(errors).toEqual([]);
    await page.close();
  });

  test("a slow network delays and loses nothing", async () => {
    const { page, errors } = await open(one.page);
    await caughtUp(page, 2, 2);
    await press(page, "Slow network");
    await page.waitForFunction(() => {
      const [expected, received] = [...document.querySelectorAll('[data-qos="2"] dd')].map((each) => Number(each.textContent));
      return (expected as number) - (received as number) >= 4; // three times 0.9 s, two numbers a second
    });
    expect(await page.getByRole("button", { name: "Slow network" }).getAttribute("aria-pressed")).toBe("true");
    const sent = await count(page, 2, "expected");
    await press(page, "Slow network");
    await caughtUp(page, 2, sent);

    expect(await page.locator(".story li").allTextContents()).toHaveLength(3); // connected, slow, fast
    await expectIntact(page);
    expect(errors).toEqual([]);
    await page.close();
  });

  test("where the gateway gives no tokens the visitor brings one, and is asked again when it is refused", async () => {
    const closed = await machines.gateway({ dev: false, tokens: true, settings: ["demo.page=true", "listeners.host=127.0.0.1"] });
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(closed.page);
    const bring = async (brought: string): Promise<void> => {
      await page.getByLabel(/asks for a token/).fill(brought);
      await press(page, "Connect");
    };
    await bring(token(-60));
    await page.getByRole("alert").getByText("refused").waitFor();
    expect(await violations(page)).toEqual([]);
    await bring(token(60));
    await page.waitForSelector(".phone.is-online");
    await caughtUp(page, 2, 2);

    expect(await page.getByRole("button", { name: /token/ }).count()).toBe(0);
    expect(await page.locator("[data-queued]").count()).toBe(0);
    await page.close();
  });

  test("a gateway that does not answer is told, and asked again", async () => {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.route("**/demo/config", (route) => route.fulfill({ status: 503, body: "{}" }));
    await page.goto(one.page);
    await page.getByRole("alert").getByText("does not answer").waitFor();
    expect(await violations(page)).toEqual([]);
    await page.unroute("**/demo/config");
    await press(page, "Try again");
    await page.waitForSelector(".phone.is-online");
    await page.close();
  });

  test("a reload in the middle of everything leaves the ledger intact", async () => {
    const { page } = await open(one.page);
    await caughtUp(page, 2, 1);
    await press(page, "Send 500 more");
    await page.reload();
    await page.waitForSelector(".phone.is-online");
    await Promise.all([caughtUp(page, 1, 250), caughtUp(page, 2, 250)]);

    await expectIntact(page);
    await page.close();
  });

  test("two windows talk, and the will of the one that drops tells the other", async () => {
    const [ann, bob] = [(await open(one.page)).page, (await open(one.page)).page];
    for (const [page, name, version] of [[ann, "Ann", "MQTT 5"], [bob, "Bob", "MQTT 3.1"]] as const) {
      await page.getByLabel("Name").fill(name);
      await page.getByLabel("Version").selectOption({ label: version });
      await press(page, "Enter");
      await page.waitForFunction((who) => document.querySelector(".talk")?.textContent?.includes(`${who} came in`), name);
    }
    await bob.getByLabel("Message").fill("hello");
    await bob.getByRole("combobox", { name: "QoS" }).selectOption("2");
    await press(bob, "Say");
    await ann.waitForFunction(() => document.querySelector(".talk")?.textContent?.includes("Bob hello  (QoS 2)"));

    await press(bob, "Drop");
    await ann.waitForFunction(() => document.querySelector(".talk")?.textContent?.includes("Bob dropped"));
    await Promise.all([ann.close(), bob.close()]);
  });

  test("axe finds nothing, by day and by night, at three widths; nothing is wider than the screen; the keyboard reaches everything", async () => {
    const { page } = await open(one.page);
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [360, 768, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        expect(await violations(page), `${colorScheme} ${width}`).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      }
    }
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    const reached = new Set<string>();
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press("Tab");
      reached.add(await page.evaluate(() => document.activeElement?.textContent || document.activeElement?.tagName || ""));
    }
    const buttons = (await page.getByRole("button").allTextContents()).filter((each) => each !== "Take the phone back");
    expect([...reached]).toEqual(expect.arrayContaining([...buttons, "Same phone in another tab", "INPUT"]));
    await page.getByRole("button", { name: /Airplane mode/ }).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".phone:not(.is-online)");
    await page.getByRole("button", { name: "Slow network" }).focus();
    await page.keyboard.press("Space");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violations(page), `${colorScheme}, in airplane mode`).toEqual([]);
    }
    await page.close();
  });

  /** What comes late must have had its place from the beginning. What follows a click within half a second may move. */
  test("nothing on the page jumps, by itself or long after a click", async () => {
    for (const width of [360, 1280]) {
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      await page.setViewportSize({ width, height: 900 });
      await page.addInitScript(() => {
        type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node: Element | null }[] };
        const shifts: string[] = [];
        new PerformanceObserver((list) => {
          for (const shift of list.getEntries() as Shift[]) {
            if (!shift.hadRecentInput && shift.value > 0.005) {
              shifts.push(`${shift.value.toFixed(4)} ${shift.sources.map(({ node }) => node?.className ?? node?.nodeName).join()}`);
            }
          }
        }).observe({ type: "layout-shift", buffered: true });
        Object.assign(window, { shifts });
      });
      await page.goto(one.page);
      await page.waitForFunction(() => document.querySelectorAll(".sensor .reading strong").length === 4);
      await caughtUp(page, 2, 2);
      await press(page, /Airplane mode/);
      await page.waitForFunction(() => Number(document.querySelector("[data-queued]")?.getAttribute("data-queued")) >= 12);
      await press(page, "Back online");
      await caughtUp(page, 2, 6);
      await page.evaluate(() => new Promise<void>((painted) => requestAnimationFrame(() => setTimeout(painted))));

      expect(await page.evaluate(() => (window as unknown as { shifts: string[] }).shifts), `at ${width} px`).toEqual([]);
      await page.close();
    }
  });

  /** Elements, listeners and heap must be bounded by what is shown, not by how long the page has been open. */
  const liveMillis = Number(process.env["LIVE_MINUTES"] ?? 0) * 60_000;
  test("a page that lives does not grow", { timeout: liveMillis + 240_000 }, async () => {
    const { page } = await open(one.page);
    const cdp = await browser.newCDPSession(page);
    const measure = async (): Promise<{ heap: number; nodes: number; listeners: number }> => {
      await cdp.send("HeapProfiler.collectGarbage");
      const dom = await cdp.send("Memory.getDOMCounters");
      const { usedSize } = await cdp.send("Runtime.getHeapUsage");
      return { heap: usedSize, nodes: dom.nodes, listeners: dom.jsEventListeners };
    };
    const live = async (rounds: number): Promise<void> => {
      for (let round = 0; round < rounds; round++) {
        const expected = await count(page, 1, "expected");
        await press(page, /Airplane mode/);
        await page.waitForSelector(".phone:not(.is-online)");
        await press(page, "Back online");
        await page.waitForSelector(".phone.is-online");
        await press(page, "Send 500 more");
        await caughtUp(page, 2, expected + 200);
      }
    };
    await live(2);
    const before = await measure();
    const end = Date.now() + liveMillis;
    do await live(4);
    while (Date.now() < end);
    const after = await measure();
    if (liveMillis > 0) console.log(`before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);

    expect(after.heap).toBeLessThan(before.heap + 2_000_000);
    expect(after.nodes).toBeLessThan(before.nodes + 200);
    expect(after.listeners).toBeLessThan(before.listeners + 100);
    await page.close();
  });

  test("over TLS with a certificate of one's own, the same", async () => {
    const { key, cert } = certificate(machines.directory);
    const secure = await machines.gateway({ settings: [`tls.key=${key}`, `tls.certificate=${cert}`] });
    const context = await openChromium(machines.directory, { certificates: "any" });
    const { page, errors } = await open(secure.page, context);
    await caughtUp(page, 2, 2);

    expect(secure.url).toMatch(/^wss:/);
    expect(errors).toEqual([]);
    await context.close();
  });

  test("a page of an origin that is not on the list is refused, and stays offline", async () => {
    const strict = await machines.gateway({ settings: ["websocket.allowed-origins=[https://app.example.com]"] });
    // Another port is another origin; the page of the gateway itself is let in.
    const other = await machines.gateway({ settings: [`demo.gateways=[${strict.url}]`] });
    const page = await browser.newPage();
    await page.goto(other.page);
    await page.waitForSelector(".phone.is-offline");

    expect(await strict.metric('mqtt_gateway_rate_limited_total{kind="origin"}')).toBeGreaterThan(0);
    expect(await page.locator(".phone.is-online").count()).toBe(0);
    await page.close();
  });
});

describe("with three gateways on one Redis", () => {
  test("the page kills -9 the one that has its phone, which moves; nothing is missing and nothing came twice", async () => {
    const three = await machines.threeGateways();
    const { page } = await open(three.page);
    await caughtUp(page, 2, 2);
    const first = await page.getAttribute(".gateway.has-phone", "data-gateway");

    await press(page, "Send 500 more");
    await press(page, `kill -9 ${first}`);
    await page.waitForSelector(`.gateway.has-phone:not([data-gateway="${first}"])`);
    await Promise.all([caughtUp(page, 1, 250), caughtUp(page, 2, 250)]);
    await expectIntact(page);
    await press(page, `start again ${first}`);
    await page.waitForSelector(`.gateway[data-gateway="${first}"]:not(.is-dead)`);

    expect(page.url()).not.toContain("key");
    await page.close();
    await three.end();
  });

  /** The control of three-gateways kills processes: a page that the developer happens to visit must not reach it. */
  test("nobody without the key, no foreign page and no other name of the address kills anything", async () => {
    const three = await machines.threeGateways();
    const [, control, key] = /#control=([^&]+)&key=(.+)$/.exec(three.page) as unknown as [string, string, string];
    const origin = new URL(three.page).origin;
    const ask = (headers: Record<string, string>, method = "POST", path = "/kill/1"): Promise<number> =>
      new Promise((done, failed) => {
        const asked = request(control + path, { method, headers }, (answer) => {
          answer.resume();
          done(answer.statusCode ?? 0);
        });
        asked.once("error", failed);
        asked.end();
      });
    await expect.poll(() => ask({}).catch(() => 0), { timeout: PATIENCE_MS }).toBe(403);

    expect(await ask({ Origin: origin })).toBe(403);
    expect(await ask({ Origin: origin, "X-Control-Key": "0".repeat(32) })).toBe(403);
    expect(await ask({ Origin: "https://evil.example", "X-Control-Key": key })).toBe(403);
    expect(await ask({ Origin: origin, "X-Control-Key": key, Host: "evil.example" })).toBe(403);
    expect(await ask({ "X-Control-Key": key })).toBe(403);
    expect(await ask({ Origin: origin, "X-Control-Key": key }, "GET")).toBe(405);
    expect(await ask({ Origin: origin, "X-Control-Key": key }, "POST", "/kill/0")).toBe(404);
    expect((await fetch(`${origin}/demo/config`)).status).toBe(200);
    await three.end();
  });
});
