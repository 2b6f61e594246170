// SPDX-License-Identifier: Apache-2.0
// What the client promises, as stories that run in Node and in a browser alike. Whatever only Node can do (start gateways, kill
// them, sign tokens) is asked of `World`, whose answers are plain values.
import { connect, type Client, type ClientEvents, type ClientOptions, type Message, type State, type Storage } from "../src/index.js";

export interface GatewayAt {
  readonly id: number;
  readonly url: string;
}

export interface World {
  /** A gateway: with the shared Redis, with tokens, with settings, at the port of one that is gone; one that may be killed. */
  gateway(options: {
    mortal?: boolean;
    redis?: boolean;
    tokens?: boolean;
    settings?: string[];
    insteadOf?: number;
  }): Promise<GatewayAt>;
  kill(id: number, signal?: string): Promise<void>;
  token(lifetimeSeconds: number): Promise<string>;
  /** A server that says in its CONNACK to go elsewhere. */
  referring(to: string): Promise<string>;
  /** A server that takes the socket and says nothing. */
  silent(): Promise<string>;
  /** A server that accepts each connection and ends it at once. */
  fickle(): Promise<string>;
  /** One of two servers that accept each connection and send it on to the other at once (0x9D). */
  pingPong(): Promise<string>;
  /** How often a client has connected to one of these. */
  connectsOf(clientId: string): Promise<number>;
  /** A client identifier, or a topic, that nobody else uses. */
  unique(): Promise<string>;
}

type Scenario = (world: World) => Promise<void>;

const PATIENCE_MS = 60_000;
/** The state of a WebSocket that is closed; Node 18 has no class to ask. */
const CLOSED = 3;

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`expected ${what}`);
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (is !== should) throw new Error(`${what}: expected ${should}, got ${is}`);
}

/** Waits until something is so, without asking the clock when. */
async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited ${PATIENCE_MS} ms for ${what}`);
    await new Promise((next) => setTimeout(next, 10));
  }
}

const text = (message: Message): string => new TextDecoder().decode(message.payload);

let socketOf: ClientOptions["webSocket"];

/** In Node, where MQTT.js wants sockets of the package ws. */
export function socketsBy(make: ClientOptions["webSocket"]): void {
  socketOf = make;
}

/** From which state to which: the table of the client's README. */
const LEADS_TO: Record<State["name"], readonly State["name"][]> = {
  idle: ["connecting"],
  connecting: ["connecting", "online", "offline", "stopped"],
  online: ["offline", "connecting", "stopped"],
  offline: ["connecting", "stopped"],
  stopped: ["connecting"],
};

/** Changes of state that no client may make, over all stories. */
const illegal: string[] = [];

/** A client that remembers what it was told. */
function watched(options: ClientOptions): {
  client: Client;
  states: State[];
  messages: string[];
  heard: { [Name in keyof ClientEvents]?: ClientEvents[Name][] };
} {
  const client = connect({
    backoff: { baseMs: 50, capMs: 500, livedMs: 1000 },
    ...(socketOf && { webSocket: socketOf }),
    ...options,
  });
  const states: State[] = [client.state];
  const messages: string[] = [];
  const heard: { [Name in keyof ClientEvents]?: ClientEvents[Name][] } = {};
  client.on("state", (state) => {
    const before = states.at(-1)?.name ?? "idle";
    if (!LEADS_TO[before].includes(state.name)) illegal.push(`${before} to ${state.name}`);
    if (client.state !== state) illegal.push(`told of ${state.name} while it was ${client.state.name}`);
    states.push(state);
  });
  client.on("message", (message) => messages.push(text(message)));
  for (const name of ["resumed", "sessionLost", "token", "trouble"] as const) {
    client.on(name, (value) => ((heard[name] ??= []) as unknown[]).push(value));
  }
  return { client, states, messages, heard };
}

/** Makes the sockets of a client, and shows them. */
function tapped(): { webSocket: NonNullable<ClientOptions["webSocket"]>; sockets: WebSocket[] } {
  const make = socketOf ?? ((url: string, protocols: string[]) => new WebSocket(url, protocols));
  const sockets: WebSocket[] = [];
  return { webSocket: (url, protocols) => sockets[sockets.push(make(url, protocols)) - 1] as WebSocket, sockets };
}

const isIn = (client: Client, name: State["name"]) => () => client.state.name === name;

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
}

const stories: Record<string, Scenario> = {
  "messages of every QoS arrive in order, in every version of MQTT": async (world) => {
    const { url } = await world.gateway({});
    for (const protocolVersion of [3, 4, 5] as const) {
      const topic = await world.unique();
      const { client, messages } = watched({ gateways: [url], clientId: `c${topic}`.slice(0, 20), protocolVersion });
      for (const qos of [0, 1, 2] as const) same(await client.subscribe(`${topic}/${qos}`, qos), qos, "granted");

      for (const qos of [0, 1, 2] as const) {
        await Promise.all(numbers(1, 20).map((n) => client.publish(`${topic}/${qos}`, `${qos}:${n}`, { qos })));
      }
      await until(() => messages.length >= 60, "60 messages");

      for (const qos of [0, 1, 2]) {
        same(messages.filter((m) => m.startsWith(`${qos}:`)), numbers(1, 20).map((n) => `${qos}:${n}`), `QoS ${qos}`);
      }
      await client.stop();
    }
  },

  "a gateway that does not answer is followed by the next of the list": async (world) => {
    const gone = await world.gateway({ mortal: true });
    await world.kill(gone.id);
    const here = await world.gateway({});

    const { client, states } = watched({ gateways: [gone.url, here.url], clientId: await world.unique() });
    await until(isIn(client, "online"), "online");

    check(client.state.name === "online" && client.state.gateway === here.url, "to be at the second gateway");
    check(states.some((state) => state.name === "connecting" && state.gateway === gone.url), "to have tried the first");
    await client.stop();
  },

  "a gateway that is killed is replaced by another, and nothing is missing and nothing comes twice": async (world) => {
    const [a, b] = [await world.gateway({ redis: true, mortal: true }), await world.gateway({ redis: true })];
    const topic = await world.unique();
    const reader = watched({ gateways: [a.url, b.url], clientId: `reader-${topic}` });
    const writer = watched({ gateways: [b.url], clientId: `writer-${topic}` });
    for (const qos of [1, 2] as const) await reader.client.subscribe(`${topic}/${qos}`, qos);

    const sent: Promise<void>[] = [];
    const write = (n: string): unknown =>
      ([1, 2] as const).map((qos) => sent.push(writer.client.publish(`${topic}/${qos}`, `${qos}:${n}`, { qos })));
    numbers(1, 50).forEach(write);
    await world.kill(a.id);
    numbers(51, 100).forEach(write);
    await until(() => reader.client.state.name === "online" && reader.client.state.gateway === b.url, "online at B");
    numbers(101, 120).forEach(write);
    await Promise.all(sent);
    await until(() => new Set(reader.messages).size === 240, "240 messages");

    check(reader.client.state.name === "online" && reader.client.state.sessionPresent, "the session to be there");
    same(reader.messages.filter((m) => m.startsWith("2:")), numbers(1, 120).map((n) => `2:${n}`), "QoS 2");
    same([...new Set(reader.messages.filter((m) => m.startsWith("1:")))], numbers(1, 120).map((n) => `1:${n}`), "QoS 1");
    await Promise.all([reader.client.stop(), writer.client.stop()]);
  },

  "a gateway that takes the socket and says nothing is given up, and the next one is tried": async (world) => {
    const [silent, { url }] = [await world.silent(), await world.gateway({})];
    const { client, states } = watched({
      gateways: [silent, url],
      clientId: await world.unique(),
      connectTimeoutMs: 300,
    });
    await until(isIn(client, "online"), "online");

    check(client.state.name === "online" && client.state.gateway === url, "to be at the second gateway");
    same(states.map(({ name }) => name), ["connecting", "offline", "connecting", "online"], "states");
    await client.stop();
  },

  "a gateway that shuts down sends its client on by a Server Reference, without a pause and with its session": async (world) => {
    const b = await world.gateway({ redis: true });
    const reference = `listeners.server-reference=${new URL(b.url).host}`;
    const a = await world.gateway({ redis: true, mortal: true, settings: [reference] });
    const topic = await world.unique();
    const { client, states, messages } = watched({ gateways: [a.url], clientId: `c-${topic}` });
    await client.subscribe(topic, 2);
    const isDown = world.kill(a.id, "SIGTERM");
    await until(() => client.state.name === "online" && client.state.gateway === b.url, "online at B, which is on no list");
    await client.publish(topic, "here", { qos: 2 });
    await until(() => messages.length > 0, "the message");

    check(client.state.name === "online" && client.state.sessionPresent, "the session to be there");
    same(states.slice(1).map(({ name }) => name), ["online", "connecting", "online"], "states");
    await Promise.all([client.stop(), isDown]);
  },

  "gateways that accept and send on to each other are not hammered": async (world) => {
    const clientId = await world.unique();
    const { client } = watched({
      gateways: [await world.pingPong()],
      clientId,
      backoff: { baseMs: 60_000, livedMs: 1000, random: () => 0.999 },
    });
    await until(isIn(client, "offline"), "a pause");

    same(await world.connectsOf(clientId), 6, "connections before the pause");
    await client.stop();
  },

  "a Server Reference is followed": async (world) => {
    const { url } = await world.gateway({});
    const first = await world.referring(new URL(url).host);

    const { client, states } = watched({ gateways: [first], clientId: await world.unique() });
    await until(isIn(client, "online"), "online");

    check(client.state.name === "online" && client.state.gateway === url, `to be at ${url}`);
    check(!states.some((state) => state.name === "offline"), "no pause in between");
    await client.stop();
  },

  "a gateway that accepts and drops is not hammered: the waits grow": async (world) => {
    const url = await world.fickle();
    const clientId = await world.unique();
    const { client, states } = watched({
      gateways: [url],
      clientId,
      backoff: { baseMs: 20, capMs: 60_000, livedMs: 5_000, random: () => 1 },
    });
    const waits: number[] = [];
    client.on("state", (state) => {
      if (state.name === "offline") waits.push(state.retryAt - Date.now());
    });

    await until(() => waits.length === 5, "five ends");
    await client.stop();

    // Rounded up to the next step: a few milliseconds have gone between the two looks at the clock.
    same(waits.map((wait) => 20 * 2 ** Math.ceil(Math.log2(wait / 20))), [20, 40, 80, 160, 320], "waits");
    same(await world.connectsOf(clientId), 5, "connections");
    same(states.filter((state) => state.name === "online").length, 5, "connections that were accepted");
  },

  "a token is renewed on the live connection before it ends": async (world) => {
    const { url } = await world.gateway({ tokens: true });
    for (const protocolVersion of [5, 4] as const) {
      let fetched = 0;
      const { client, states, heard, messages } = watched({
        gateways: [url],
        clientId: await world.unique(),
        protocolVersion,
        token: () => {
          fetched++;
          return world.token(3);
        },
      });
      const topic = await world.unique();
      await client.subscribe(topic);
      const firstEnds = heard.token?.[0]?.expiresAt;
      check(firstEnds !== undefined, "to know when the token ends");

      await until(() => Date.now() > firstEnds + 1500, "the first token to end");
      await client.publish(topic, "still here");
      await until(() => messages.includes("still here"), "the message");

      check(fetched >= 2 && heard.token?.[1]?.live === true, "a renewal on the live connection");
      same(states.filter((state) => state.name === "online").length, 1, `connections of version ${protocolVersion}`);
      await client.stop();
    }
  },

  "a refused token is replaced once, then the client stops and says so": async (world) => {
    const { url } = await world.gateway({ tokens: true });
    for (const protocolVersion of [5, 4] as const) {
      const asked: string[] = [];
      const { client } = watched({
        gateways: [url],
        clientId: await world.unique(),
        protocolVersion,
        token: (why) => {
          asked.push(why);
          return world.token(-60);
        },
      });
      await until(isIn(client, "stopped"), "the end");

      check(client.state.name === "stopped" && client.state.why === "token-refused", "to say why");
      same(asked, ["connect", "refused"], "asked for tokens");
    }
    let attempt = 0;
    const { client } = watched({
      gateways: [url],
      clientId: await world.unique(),
      token: () => world.token(attempt++ === 0 ? -60 : 60),
    });
    await until(isIn(client, "online"), "the second token to be taken");
    await client.stop();
  },

  "a renewal that is refused is made up for by one new token": async (world) => {
    const { url } = await world.gateway({ tokens: true });
    for (const protocolVersion of [5, 4] as const) {
      const asked: string[] = [];
      const { client, states } = watched({
        gateways: [url],
        clientId: await world.unique(),
        protocolVersion,
        token: (why) => {
          asked.push(why);
          return world.token(why === "renew" ? -60 : asked.length === 1 ? 3 : 90);
        },
      });
      await until(() => states.filter(({ name }) => name === "online").length === 2, "online with another token");

      // MQTT 3.1.1 has no word for a refusal: the connection ends with its first token, and the next one begins with a new one.
      same([...new Set(asked)], ["connect", "renew", ...(protocolVersion === 5 ? ["refused"] : [])], "asked for tokens");
      same(asked.filter((why) => why !== "renew").length, 2, `tokens to connect with in version ${protocolVersion}`);
      check(!states.some((state) => state.name === "stopped"), "not to stop");
      await client.stop();
    }
  },

  "an issuer that fails is asked again, after a pause before a connect, and while there is time on the live connection": async (world) => {
    const { url } = await world.gateway({ tokens: true });
    const asked: string[] = [];
    const { client, states, heard } = watched({
      gateways: [url],
      clientId: await world.unique(),
      token: (why) => {
        asked.push(why);
        if (asked.filter((each) => each === why).length === 1) throw new Error("the issuer is away");
        return world.token(why === "connect" ? 6 : 90);
      },
    });
    await until(() => heard.token?.at(-1)?.live === true, "the renewal");

    same(asked, ["connect", "connect", "renew", "renew"], "asked for tokens");
    same(states.map((state) => (state.name === "offline" ? state.why : state.name)),
      ["connecting", "no token: the issuer is away", "connecting", "online"], "states");
    same(heard.trouble?.map(({ message }) => message), ["the issuer is away", "the issuer is away"], "trouble");
    await client.stop();
  },

  "renewals that are asked for at once are one": async (world) => {
    const { url } = await world.gateway({ tokens: true });
    for (const protocolVersion of [5, 4] as const) {
      const asked: string[] = [];
      const { client, heard } = watched({
        gateways: [url],
        clientId: await world.unique(),
        protocolVersion,
        token: (why) => {
          asked.push(why);
          return world.token(90);
        },
      });
      await until(isIn(client, "online"), "online");
      await Promise.all([client.renewToken(), client.renewToken()]);
      await client.renewToken();

      same(asked, ["connect", "renew", "renew"], "asked for tokens");
      same(heard.token?.map(({ live }) => live), [false, true, true], "tokens that were taken");
      await client.stop();
    }
  },

  "a client that is taken over stops, and does not take over in turn": async (world) => {
    const { url } = await world.gateway({});
    for (const protocolVersion of [5, 4, 3] as const) {
      const clientId = (await world.unique()).slice(0, 20);
      const first = watched({ gateways: [url], clientId, protocolVersion });
      await until(isIn(first.client, "online"), "the first online");
      const second = watched({ gateways: [url], clientId, protocolVersion });
      await until(isIn(second.client, "online"), "the second online");
      await until(isIn(first.client, "stopped"), "the first to stop");
      await second.client.publish("x", "y");

      check(first.client.state.name === "stopped" && first.client.state.why === "taken-over", "to say why");
      same(first.states.filter((state) => state.name === "connecting").length, 1, "connections of the first");
      same(second.states.filter((state) => state.name === "online").length, 1, "connections of the second");
      await second.client.stop();
    }
  },

  "a tab whose timers stand still stays connected, for the server's pings count": async (world) => {
    const still = { set: () => 0 as never, clear: () => {} };
    const begin = async (pingInterval: string): Promise<ReturnType<typeof watched>> => {
      const { url } = await world.gateway({ settings: [`websocket.ping-interval=${pingInterval}`] });
      const clientId = await world.unique();
      const begun = watched({ gateways: [url], clientId, keepAliveSeconds: 2, mqtt: { timerVariant: still } });
      await until(isIn(begun.client, "online"), "online");
      return begun;
    };
    const pinged = await begin("500ms");
    const notPinged = await begin("0s");

    await until(() => notPinged.states.some((state) => state.name === "offline"), "the end of the one without pings");

    check(!pinged.states.some((state) => state.name === "offline"), "the other to be online still");
    await Promise.all([pinged.client.stop(), notPinged.client.stop()]);
  },

  "publishes made offline wait in order, and what does not fit is refused": async (world) => {
    const gone = await world.gateway({ mortal: true });
    await world.kill(gone.id);
    const topic = await world.unique();
    const { client } = watched({
      gateways: [gone.url],
      clientId: `writer-${topic}`,
      outbox: { maxMessages: 30 },
    });
    const sent = numbers(1, 30).map((n) => client.publish(topic, n, { qos: n.endsWith("0") ? 2 : 1 }));
    const refused = await client.publish(topic, "31").catch((why: Error) => why.name);
    same(refused, "OutboxFullError", "the 31st");

    await client.stop(); // until somebody reads
    const back = await world.gateway({ insteadOf: gone.id });
    const reader = watched({ gateways: [back.url], clientId: `reader-${topic}` });
    await reader.client.subscribe(topic, 2);
    client.start();
    await Promise.all(sent);
    await until(() => reader.messages.length === 30, "30 messages");

    const isAtTwo = (n: string): boolean => n.endsWith("0"); // order is promised for each QoS
    same(reader.messages.filter((n) => !isAtTwo(n)), numbers(1, 30).filter((n) => !isAtTwo(n)), "order at QoS 1");
    same(reader.messages.filter(isAtTwo), ["10", "20", "30"], "order at QoS 2");
    await Promise.all([client.stop(), reader.client.stop()]);
  },

  "a session that is found says so; one that is lost says so and subscribes again": async (world) => {
    const a = await world.gateway({ mortal: true, settings: ["session.max-queue-messages=5"] });
    const topic = await world.unique();
    const { client, heard, messages } = watched({ gateways: [a.url], clientId: `c-${topic}` });
    await client.subscribe(topic);
    same(heard.sessionLost, undefined, "lost at the first connect");
    await client.stop();
    const meanwhile = watched({ gateways: [a.url], clientId: `m-${topic}` });
    for (const n of numbers(1, 3)) await meanwhile.client.publish(topic, n);
    client.start();
    await until(isIn(client, "online"), "online again");
    same(heard.resumed, [{ gateway: a.url, queued: 3, dropped: 0 }], "resumed");
    await until(() => messages.length === 3, "what was queued");
    await client.stop();
    for (const n of numbers(4, 11)) await meanwhile.client.publish(topic, n);
    client.start();
    await until(() => messages.length === 8, "as much as the queue holds");
    same(heard.resumed?.[1], { gateway: a.url, queued: 5, dropped: 3 }, "resumed after an overflow");
    same(messages, [...numbers(1, 3), ...numbers(7, 11)], "messages");
    await meanwhile.client.stop();

    await world.kill(a.id);
    const b = await world.gateway({ insteadOf: a.id });
    check(b.url === a.url, "the same address");
    await until(() => heard.sessionLost?.length === 1, "the loss");
    const writer = watched({ gateways: [b.url], clientId: `w-${topic}` });
    await until(async () => {
      await writer.client.publish(topic, "again");
      return messages.includes("again");
    }, "the subscription to be made again");
    await Promise.all([client.stop(), writer.client.stop()]);
  },

  "a stop is done when the gateway has taken the goodbye, and without an answer after a second": async (world) => {
    const gateway = await world.gateway({ mortal: true });
    const { webSocket, sockets } = tapped();
    const { client } = watched({ gateways: [gateway.url], clientId: await world.unique(), webSocket });
    await until(isIn(client, "online"), "online");

    await client.stop();

    same(sockets.map((socket) => socket.readyState), [CLOSED], "the socket after the stop");
    client.start();
    await until(isIn(client, "online"), "online again");
    await world.kill(gateway.id, "SIGSTOP");
    await client.stop();
    check(sockets[1]?.readyState !== CLOSED, "a gateway that stands still not to have answered");
    await world.kill(gateway.id);
  },

  "a refused subscription is told and not asked for again": async (world) => {
    const { url } = await world.gateway({
      settings: [
        'auth.anonymous-acl=[{permission: allow, action: all, topics: ["open/#"]}]',
      ],
    });
    const { client } = watched({ gateways: [url], clientId: await world.unique() });

    const why = await client.subscribe("shut/#").catch((failure: Error) => failure.name);
    same(why, "RefusedError", "the subscription");
    same(await client.subscribe("open/x", 2), 2, "the other");
    const refused = await client.publish("shut/x", "no").catch((failure: Error) => failure.name);
    same(refused, "RefusedError", "the publish");
    await client.publish("open/x", "yes", { qos: 2 });
    await client.stop();
  },

  "a message is acknowledged when its listener is done with it": async (world) => {
    const { url } = await world.gateway({});
    const topic = await world.unique();
    const { client } = watched({ gateways: [url], clientId: `c-${topic}` });
    const order: string[] = [];
    client.on("message", async (message) => {
      order.push(`begin ${text(message)}`);
      await new Promise((next) => setTimeout(next, 20));
      order.push(`end ${text(message)}`);
    });
    await client.subscribe(topic, 2);
    await Promise.all(["1", "2"].map((n) => client.publish(topic, n, { qos: 2 })));
    await until(() => order.length === 4, "both");

    same(order, ["begin 1", "end 1", "begin 2", "end 2"], "order");
    await client.stop();
  },

  "a listener may wait for what it publishes and subscribes itself, and its message is not acknowledged before": async (world) => {
    const { url } = await world.gateway({});
    for (const protocolVersion of [5, 4] as const) {
      for (const qos of [0, 1, 2] as const) {
        const topic = await world.unique();
        const { client, messages } = watched({ gateways: [url], clientId: `c-${topic}`, protocolVersion });
        const order: string[] = [];
        client.on("message", async (message) => {
          if (message.topic !== `${topic}/in`) return;
          const name = text(message);
          order.push(`begin ${name}`);
          await client.subscribe(`${topic}/${name}`, 2);
          for (const each of [0, 1, 2] as const) await client.publish(`${topic}/${name}`, `answer to ${name} at ${each}`, { qos: each });
          order.push(`end ${name}`);
        });
        await client.subscribe(`${topic}/in`, qos);
        await Promise.all(["1", "2"].map((n) => client.publish(`${topic}/in`, n, { qos })));
        await until(() => messages.length === 8, `both, and what they were answered with, at QoS ${qos}`);
        same(order, ["begin 1", "end 1", "begin 2", "end 2"], "order");

        let letGo = (): void => {};
        const held = new Promise<void>((resolve) => (letGo = resolve));
        client.on("message", () => held);
        await client.publish(`${topic}/in`, "held", { qos });
        await until(() => messages.length === 9, "the message that is held");
        await client.stop();
        letGo();
        client.start();
        if (qos === 1) await until(() => messages.filter((each) => each === "held").length === 2, "what was not acknowledged, again");
        await client.stop();
      }
    }
  },

  "a message of QoS 2 whose listener was at work when the connection went is given once": async (world) => {
    const { url } = await world.gateway({});
    const topic = await world.unique();
    const { webSocket, sockets } = tapped();
    const { client, messages, states } = watched({ gateways: [url], clientId: `c-${topic}`, webSocket });
    const writer = watched({ gateways: [url], clientId: `writer-${topic}` });
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    client.on("message", () => held);
    await client.subscribe(topic, 2);
    for (const n of numbers(1, 3)) await writer.client.publish(topic, n, { qos: 2 });
    await until(() => messages.length === 1, "the first");

    sockets[0]?.close();
    await until(() => states.filter(({ name }) => name === "online").length === 2, "online again");
    for (const n of numbers(4, 6)) await writer.client.publish(topic, n, { qos: 2 });
    letGo();
    await until(() => messages.includes("6"), "the last");

    same(messages, numbers(1, 6), "messages");
    await Promise.all([client.stop(), writer.client.stop()]);
  },

  "what the client has confirmed at QoS 2 is given when the session is lost, each once": async (world) => {
    const gone = await world.gateway({ mortal: true });
    const topic = await world.unique();
    let confirmed = 0;
    const persist: Storage = {
      load: async () => ({ waiting: [], sent: [], received: [], session: [] }),
      write: async (changes) => {
        confirmed += changes.filter(({ shelf, value }) => shelf === "received" && value !== undefined).length;
      },
      noteGiven: () => {},
      given: () => [],
      close: () => {},
    };
    const { client, messages, heard } = watched({ gateways: [gone.url], clientId: `c-${topic}`, persist });
    const writer = watched({ gateways: [gone.url], clientId: `writer-${topic}` });
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => (letGo = resolve));
    client.on("message", () => held);
    await client.subscribe(topic, 2);
    await Promise.all(numbers(1, 3).map((n) => writer.client.publish(topic, n, { qos: 2 })));
    await until(() => confirmed === 3 && messages.length === 1, "three that are confirmed, and one given");

    await world.kill(gone.id);
    await world.gateway({ insteadOf: gone.id });
    await until(() => heard.sessionLost?.length === 1, "the loss");
    await until(isIn(client, "online"), "online");
    letGo();
    await until(() => messages.length >= 3, "the others");
    await client.subscribe(topic, 2);
    await writer.client.publish(topic, "4", { qos: 2 });
    await until(() => messages.includes("4"), "the one of the new session");

    same(messages, numbers(1, 4), "messages");
    await Promise.all([client.stop(), writer.client.stop()]);
  },

  "a publish that no server takes is refused, and what comes after it goes on": async (world) => {
    const { url } = await world.gateway({});
    for (const protocolVersion of [5, 4] as const) {
      const topic = await world.unique();
      const { client } = watched({ gateways: [url], clientId: `c-${topic}`, protocolVersion });
      const outcome = (to: string, payload = ""): Promise<string> =>
        client.publish(to, payload).then(
          () => "taken",
          ({ name }: Error) => name,
        );
      for (const wrong of ["a/+", "c#", "", "a\0b", "\u00e4".repeat(40_000)]) same(await outcome(wrong), "RefusedError", "a wrong name");
      const tooDeep = "x/".repeat(40);
      const tooLarge = "x".repeat(300_000);
      const outcomes = [outcome(topic, "1"), outcome(tooDeep), outcome(topic, "2"), outcome(topic, tooLarge), outcome(topic, "3")];

      same(await Promise.all(outcomes), ["taken", "RefusedError", "taken", "RefusedError", "taken"], "outcomes");
      await client.stop();
    }
  },

  "what was subscribed and unsubscribed when the connection went is done on the next one": async (world) => {
    const [a, b] = [await world.gateway({ redis: true, mortal: true }), await world.gateway({ redis: true })];
    const topic = await world.unique();
    const { client, messages } = watched({ gateways: [a.url, b.url], clientId: `c-${topic}` });
    const outcome = (call: Promise<unknown>): Promise<unknown> => call.catch(({ name, message }: Error) => `${name}: ${message}`);
    for (const wrong of ["a/#/b", "foo#", "a+", "", "a\0", "$share/x", "$share/+/x"]) {
      same(String(await outcome(client.subscribe(wrong))).slice(0, 12), "RefusedError", `a wrong filter ${wrong}`);
    }
    for (const each of ["one", "two"]) await client.subscribe(`${topic}/${each}`);

    await world.kill(a.id, "SIGSTOP");
    const calls = [
      client.subscribe(`${topic}/twice`, 1),
      client.subscribe(`${topic}/twice`, 2),
      client.subscribe(`${topic}/again`, 1),
      client.unsubscribe(`${topic}/again`),
      client.subscribe(`${topic}/again`, 2),
      client.unsubscribe(`${topic}/one`),
    ].map(outcome);
    const isOffline = new Promise<void>((resolve) => client.on("state", ({ name }) => name === "offline" && resolve()));
    await world.kill(a.id);
    await isOffline;
    calls.push(outcome(client.unsubscribe(`${topic}/two`)));
    const unsubscribed = await calls[2];
    check(unsubscribed === "Error: unsubscribed", `the one in between to be told, not ${String(unsubscribed)}`);
    same(await Promise.all(calls.filter((_, at) => at !== 2)), [2, 2, undefined, 2, undefined, undefined], "the others");

    check(client.state.name === "online" && client.state.sessionPresent, "the session to be there");
    for (const each of ["one", "two", "again", "twice"]) await client.publish(`${topic}/${each}`, each, { qos: 1 });
    await until(() => messages.includes("twice"), "a message");
    same(messages, ["again", "twice"], "messages");
    await client.stop();
  },

  "a publish that is refused while the client says goodbye is not taken for done": async (world) => {
    const { url } = await world.gateway({
      settings: [
        'auth.anonymous-acl=[{permission: allow, action: all, topics: ["open/#"]}]',
      ],
    });
    const { webSocket } = tapped();
    let isStopped: Promise<void> | undefined;
    const { client } = watched({
      gateways: [url],
      clientId: await world.unique(),
      webSocket: (to, protocols) => {
        const socket = webSocket(to, protocols);
        socket.addEventListener("message", ({ data }) => {
          const isPuback = new Uint8Array(data as ArrayBuffer)[0] === 0x40;
          if (isPuback) isStopped ??= client.stop();
        });
        return socket;
      },
    });
    const outcome = client.publish("shut/x", "no").catch(({ name }: Error) => name);
    await until(() => isStopped !== undefined, "the refusal");
    await isStopped;
    client.start(); // where it was not heard any more it comes again

    same(await outcome, "RefusedError", "the publish");
    await client.stop();
  },

  "a gateway to which no socket can be made is followed by the next of the list": async (world) => {
    const { url } = await world.gateway({});
    const { webSocket } = tapped();
    const { client, states } = watched({
      gateways: ["ws://not.allowed.here/mqtt", url],
      clientId: await world.unique(),
      webSocket: (to, protocols) => {
        if (to !== url) throw new Error("not allowed");
        return webSocket(to, protocols);
      },
    });
    await until(isIn(client, "online"), "online");

    same(states.map((state) => (state.name === "offline" ? state.why : state.name)),
      ["connecting", "not allowed", "connecting", "online"], "states");
    await client.stop();
  },
};

export const scenarios: Record<string, Scenario> = Object.fromEntries(
  Object.entries(stories).map(([name, story]) => [
    name,
    async (world: World) => {
      await story(world);
      same(illegal, [], "changes of state that are not in the table");
    },
  ]),
);
