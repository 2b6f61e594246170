// SPDX-License-Identifier: Apache-2.0
import "fake-indexeddb/auto";
import { forceCloseDatabase } from "fake-indexeddb";
import { build } from "esbuild";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Backoff } from "../src/backoff.js";
import { MqttOverGateways } from "../src/client.js";
import { isFilter, isTopic, matches } from "../src/filter.js";
import { Gateways } from "../src/gateways.js";
import { Outbox, OutboxFullError, type Waiting } from "../src/outbox.js";
import { ReceivedPackets, SentPackets, Serial, type StoredPacket } from "../src/packets.js";
import { IndexedDbStorage, Journal, MemoryStorage, type Change, type Storage } from "../src/storage.js";
import { expiryOf, leftOf, renewalDelay } from "../src/token.js";

const fail = (why: Error): never => {
  throw why;
};

describe("Backoff", () => {
  test("waits anything from nothing to twice the last bound, up to the cap", () => {
    const most = new Backoff({ baseMs: 100, capMs: 1000, random: () => 1 });
    expect([1, 2, 3, 4, 5, 6].map(() => most.next())).toEqual([100, 200, 400, 800, 1000, 1000]);
    const least = new Backoff({ random: () => 0 });
    expect(least.next()).toBe(0);
  });

  test("begins anew only after a connection that has lived", () => {
    const backoff = new Backoff({ baseMs: 100, livedMs: 1000, random: () => 1 });
    backoff.next();
    expect(backoff.ended(999)).toBe(false);
    expect(backoff.next()).toBe(200);
    expect(backoff.ended(1000)).toBe(true);
    expect(backoff.next()).toBe(100);
  });
});

describe("Gateways", () => {
  test("go round when they fail", () => {
    const gateways = new Gateways(["wss://a/mqtt", "wss://b/mqtt"]);
    gateways.failed();
    expect(gateways.current).toBe("wss://b/mqtt");
    gateways.failed();
    expect(gateways.current).toBe("wss://a/mqtt");
  });

  test("follow a reference with the path and the scheme of who said it, and come back to the list when it fails", () => {
    const gateways = new Gateways(["wss://a/mqtt"]);
    expect(gateways.refer("b.example:8443 c.example:8443")).toBe(true);
    expect(gateways.current).toBe("wss://b.example:8443/mqtt");
    gateways.failed();
    expect(gateways.current).toBe("wss://a/mqtt");
  });

  test("do not follow a reference out of TLS, nor one that is none", () => {
    const gateways = new Gateways(["wss://a/mqtt"]);
    expect(["ws://b/mqtt", "", "://", "b b:b:b"].map((each) => gateways.refer(each))).toEqual([false, false, false, true]);
  });

  test("do not follow references for ever", () => {
    const gateways = new Gateways(["ws://a/mqtt", "ws://b/mqtt"]);
    const followed = Array.from({ length: 9 }, (_, n) => gateways.refer(n % 2 ? "a" : "b"));
    expect(followed.filter(Boolean)).toHaveLength(5);
    gateways.lived();
    expect(gateways.refer("b")).toBe(true);
  });

  test("are refused where they are none", () => {
    expect(() => new Gateways([])).toThrow("at least one");
    expect(() => new Gateways(["https://a"])).toThrow("ws: or wss:");
  });
});

describe("Tokens", () => {
  const withExpiry = (exp: unknown): string => `x.${btoa(JSON.stringify({ exp }))}.x`;

  test("say when they end, or do not", () => {
    expect(expiryOf(withExpiry(1_800_000_000))).toBe(1_800_000_000_000);
    expect([withExpiry("soon"), "", "a.b.c", "no token"].map(expiryOf)).toEqual([undefined, undefined, undefined, undefined]);
  });

  /** A phone whose clock is an hour ahead took every token for one that has ended, and asked for the next one without pause. */
  test("last as long as they say, also where the clock is wrong", () => {
    const token = `x.${btoa(JSON.stringify({ iat: 1000, exp: 1600 }))}.x`;
    const atSecond = (now: number): number | undefined => leftOf(token, now * 1000);
    expect([1000, 1100, 1700, 5000, 500].map(atSecond)).toEqual([600_000, 500_000, 600_000, 600_000, 600_000]);
    expect(leftOf(withExpiry(1600), 1_000_000)).toBe(600_000);
    expect(leftOf("no token", 0)).toBeUndefined();
  });

  test("are renewed a minute before their end, sooner when they are short", () => {
    expect(renewalDelay(3_600_000)).toBe(3_540_000);
    expect(renewalDelay(10_000)).toBe(8_000);
    expect(renewalDelay(-5)).toBe(1_000);
    expect(renewalDelay(1e12)).toBe(2 ** 31 - 1);
  });
});

test("the client is under 10 KB compressed besides MQTT.js, and needs nothing else", async () => {
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  const { outputFiles, metafile } = await build({
    entryPoints: [here("../src/index.ts")],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["mqtt"],
    metafile: true,
    write: false,
  });
  const bundle = outputFiles[0]?.contents ?? new Uint8Array();
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(here("../package.json"), "utf8")) as Record<string, object>;

  expect(bundle.byteLength).toBeGreaterThan(10_000);
  expect(gzipSync(bundle, { level: 9 }).byteLength).toBeLessThan(10_000);
  expect(Object.keys(metafile.inputs).filter((input) => !input.includes("client/src/"))).toEqual([]);
  expect([dependencies, Object.keys(peerDependencies ?? {})]).toEqual([undefined, ["mqtt"]]);
});

test("the lock file tells no address from which to download", () => {
  expect(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")).not.toMatch(/"resolved": "[^"]*:/);
});

test("filters match topics by the rules of MQTT", () => {
  const yes = [["a/b", "a/b"], ["a/+", "a/b"], ["#", "a/b"], ["a/#", "a"], ["+/+", "/b"], ["$share/g/a/+", "a/b"], ["$SYS/#", "$SYS/x"]];
  const no = [["a", "a/b"], ["a/+", "a"], ["+", "a/b"], ["#", "$SYS/x"], ["+/x", "$SYS/x"], ["a/b/#", "a"]];
  expect(yes.filter(([filter, topic]) => !matches(filter as string, topic as string))).toEqual([]);
  expect(no.filter(([filter, topic]) => matches(filter as string, topic as string))).toEqual([]);
});

test("topic names and filters are those of MQTT", () => {
  const long = "\u00e4".repeat(32_768);
  const names = ["a", "/", "a//b", " ", "$SYS/x", long.slice(1)];
  const filters = [...names, "+", "#", "a/+/b", "/+", "+/", "a/#", "$share/g/a/#", "$share/g//", "$shared/x"];
  const neither = ["", "a\0", long, "a+", "+a/b", "#a", "a/#/b"];
  expect([...names, ...filters, ...neither].filter(isTopic)).toEqual([...names, ...names, "$share/g//", "$shared/x"]);
  expect([...filters, ...neither, "$share", "$share/g", "$share/g/", "$share//a", "$share/+/a"].filter(isFilter)).toEqual(filters);
});

describe("The outbox", () => {
  const publish = (topic: string, bytes = 1): Waiting => ({
    topic,
    payload: new Uint8Array(bytes),
    qos: 1,
    retain: false,
    expiresAt: undefined,
  });

  test("is bounded by messages and by bytes, and gives back in order", () => {
    const outbox = new Outbox(new Journal(new MemoryStorage(), fail), new Serial(), 3, 20);
    expect(() => outbox.add(publish("a", 20))).toThrow(OutboxFullError);
    ["a", "b", "c"].forEach((topic) => outbox.add(publish(topic)));
    expect(() => outbox.add(publish("d"))).toThrow(OutboxFullError);
    expect([outbox.take(), outbox.take()].map((each) => each?.publish.topic)).toEqual(["a", "b"]);
    expect([outbox.size, outbox.bytes]).toEqual([1, 2]);
  });
});

describe("What is kept", () => {
  test("comes back from IndexedDB in order, a publish that has been sent in one place only", async () => {
    const storage = new IndexedDbStorage("order");
    const journal = new Journal(storage, fail);
    const serial = new Serial();
    const outbox = new Outbox(journal, serial, 100, 1000);
    const sent = new SentPackets(journal, serial);
    for (const topic of ["a", "b", "c"]) {
      outbox.add({ topic, payload: new Uint8Array(1), qos: 2, retain: false, expiresAt: undefined });
    }
    sent.comesFrom = outbox.take();
    await new Promise<void>((kept) => sent.put({ cmd: "publish", topic: "a", messageId: 7 } as StoredPacket, () => kept()));
    storage.close();

    const kept = await new IndexedDbStorage("order").load();
    expect(kept.waiting.map(([, publish]) => (publish as Waiting).topic)).toEqual(["b", "c"]);
    expect(kept.sent.map(([, packet]) => (packet as { messageId: number }).messageId)).toEqual([7]);
  });

  test("a PUBREL keeps the place of its PUBLISH, and what is sent again says so", async () => {
    const sent = new SentPackets(new Journal(new MemoryStorage(), fail), new Serial());
    const put = (packet: object): void => void sent.put(packet as StoredPacket, () => {});
    put({ cmd: "publish", qos: 2, topic: "t", messageId: 9 });
    put({ cmd: "publish", qos: 2, topic: "t", messageId: 3 });
    put({ cmd: "pubrel", messageId: 9 });

    const packets: { cmd: string; messageId: number; dup?: boolean }[] = [];
    for await (const packet of sent.createStream()) packets.push(packet as never);
    expect(packets.map(({ cmd, messageId, dup }) => [cmd, messageId, dup])).toEqual([
      ["pubrel", 9, undefined],
      ["publish", 3, true],
    ]);
  });

  test("with a new session a PUBLISH goes as if for the first time, and a PUBREL is forgotten", async () => {
    const sent = new SentPackets(new Journal(new MemoryStorage(), fail), new Serial());
    sent.put({ cmd: "publish", qos: 2, topic: "t", messageId: 1, dup: true } as StoredPacket, () => {});
    sent.put({ cmd: "pubrel", messageId: 2 } as StoredPacket, () => {});
    const dup = async (): Promise<unknown[]> => {
      const packets: unknown[] = [];
      for await (const packet of sent.createStream()) packets.push((packet as { dup: boolean }).dup);
      return packets;
    };
    expect([sent.beginAnew(), sent.size, await dup(), await dup()]).toEqual([[2], 1, [false], [true]]);
  });

  test("a message that was given to a page is not given to the next one", () => {
    let noted: readonly number[] = [];
    const storage = Object.assign(new MemoryStorage(), {
      noteGiven: (keys: readonly number[]) => (noted = keys),
      given: () => noted,
      write: () => new Promise<void>(() => {}), // the page ends before anything is kept
    });
    const packet = { cmd: "publish", messageId: 5 } as StoredPacket;
    const before = new ReceivedPackets(new Journal(storage, fail), new Serial(), storage);
    before.restore(41, packet);
    before.given(41, 5);

    const after = new ReceivedPackets(new Journal(storage, fail), new Serial(), storage);
    after.restore(41, packet);
    after.restore(42, { ...packet, messageId: 6 } as StoredPacket);
    expect(after.size).toBe(1);
  });

  test("goes on after the browser has closed the database, or would not open it", async () => {
    const storage = new IndexedDbStorage("closed");
    const { open } = indexedDB;
    let databases: IDBDatabase[] = [];
    indexedDB.open = () => {
      throw new Error("not now");
    };
    await expect(storage.load()).rejects.toThrow("not now");
    indexedDB.open = function (this: IDBFactory, ...args) {
      const request = open.apply(indexedDB, args);
      request.addEventListener("success", () => databases.push(request.result));
      return request;
    };
    await storage.write([{ shelf: "session", key: 1, value: "a" }]);
    databases.forEach((each) => forceCloseDatabase(each as never));
    databases = [];
    await expect
      .poll(() => storage.write([{ shelf: "session", key: 2, value: "b" }]).then(() => databases.length, () => 0))
      .toBe(1);
    indexedDB.open = open;

    expect((await storage.load()).session).toEqual([[1, "a"], [2, "b"]]);
    storage.close();
  });

  test("what another tab asks for again while it is read takes no room a second time", async () => {
    const kept = { topic: "t", payload: new Uint8Array(1), qos: 2, retain: false, expiresAt: undefined };
    const storage = Object.assign(new MemoryStorage(), {
      load: async () => ({
        waiting: [3, 4, 5].map((key): [number, unknown] => [key, { ...kept, origin: `tab:${key}` }]),
        sent: [1, 2].map((key): [number, unknown] => [key, { cmd: "publish", ...kept, messageId: key, origin: `tab:${key}` }]),
        received: [],
        session: [],
      }),
    });
    const client = new MqttOverGateways({ gateways: ["ws://127.0.0.1:9/"], clientId: "c", persist: storage, outbox: { maxMessages: 4 } });
    const outcomes: string[] = [];
    const ask = (origin: string): void =>
      void client.publish("t", "x", { qos: 2 }, origin).then(
        () => outcomes.push(`${origin} done`),
        ({ name }: Error) => outcomes.push(`${origin} ${name}`),
      );
    client.start();
    for (let n = 1; n <= 7; n++) ask(`tab:${n}`);
    await expect.poll(() => outcomes.length).toBeGreaterThan(0);
    await client.stop();

    expect(outcomes).toEqual(["tab:7 OutboxFullError"]);
  });

  test("is written together while a write is under way, and a write that fails is told and does not stop the next", async () => {
    const writes: (readonly Change[])[] = [];
    const told: string[] = [];
    const storage: Storage = Object.assign(new MemoryStorage(), {
      write: async (changes: readonly Change[]) => {
        writes.push(changes);
        if (writes.length === 1) throw new Error("full");
      },
    });
    const journal = new Journal(storage, (why) => told.push(why.message));
    const first = journal.write({ shelf: "sent", key: 1 });
    await expect(first).rejects.toThrow("full");
    await Promise.all([2, 3, 4].map((key) => journal.write({ shelf: "sent", key, value: 0 })));
    expect([writes.map((each) => each.length), told]).toEqual([[1, 3], ["full"]]);
  });
});
