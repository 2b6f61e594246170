// SPDX-License-Identifier: Apache-2.0
import type { IClientOptions } from "mqtt";
import { Backoff, type BackoffOptions } from "./backoff.js";
import { Connection, RefusedError, type Connack, type Ending, type Message } from "./connection.js";
import { Events } from "./events.js";
import { isFilter, isTopic } from "./filter.js";
import { Gateways } from "./gateways.js";
import { Inbox } from "./inbox.js";
import { Outbox, type Entry, type Promised, type Waiting } from "./outbox.js";
import { ReceivedPackets, SentPackets, Serial, type StoredPacket } from "./packets.js";
import { IndexedDbStorage, Journal, MemoryStorage, type Storage } from "./storage.js";
import { leftOf, renewalDelay, type TokenSource } from "./token.js";
import { onWakeup } from "./wakeups.js";

/** Why a client has stopped, and does not come back by itself. */
export type StopReason =
  /** Somebody called {@link Client.stop}. */
  | "asked"
  /** Another connection uses this client identifier: another tab, as a rule. Coming back would throw that one out. */
  | "taken-over"
  /** The server has refused a token, and the next one too. */
  | "token-refused"
  /** The server refuses what will not change: the client identifier, the protocol version, a ban. */
  | "refused";

/** Where a client stands. There is always exactly one of these. */
export type State =
  | { readonly name: "idle" }
  | { readonly name: "connecting"; readonly gateway: string; readonly attempt: number }
  | { readonly name: "online"; readonly gateway: string; readonly sessionPresent: boolean; readonly since: number }
  | { readonly name: "offline"; readonly why: string; readonly retryAt: number }
  | { readonly name: "stopped"; readonly why: StopReason; readonly detail: string };

/** What a client tells of. */
export interface ClientEvents {
  state: State;
  /**
   * A listener may answer with a promise, also one that waits for what it publishes itself: the message is acknowledged when that is
   * kept, and the next one waits for it.
   */
  message: Message;
  /** The server has found the session. Counts are there if the server says them. */
  resumed: { readonly gateway: string; readonly queued: number | undefined; readonly dropped: number | undefined };
  /** The server no longer knew a session that was there before; subscriptions are made again. */
  sessionLost: {
    readonly gateway: string;
    /** QoS 2 publishes of which nobody knows whether they were delivered. */
    readonly uncertain: number;
  };
  /** A token is in use from now on; when it ends by the clock of this machine, in milliseconds since 1970. */
  token: { readonly expiresAt: number | undefined; readonly live: boolean };
  /** How much waits to be sent, and how much has been sent and not been acknowledged. */
  outbox: { readonly waiting: number; readonly inFlight: number };
  /** Something went wrong that the client deals with itself: for the log. */
  trouble: Error;
}

/** A client: what an application needs to know of one. {@link connect} and {@link connectShared} make them. */
export interface Client {
  readonly state: State;
  /** Calls the listener with each event; returns what ends that. */
  on<Name extends keyof ClientEvents>(name: Name, listener: (value: ClientEvents[Name]) => unknown): () => void;
  /** Connects, also after a stop. */
  start(): void;
  /**
   * Says goodbye and stays away. The session stays with the server as long as it was asked to.
   * Done when the server has taken the goodbye, so that what is published from then on waits in the session; after a second in any case.
   */
  stop(): Promise<void>;
  /**
   * Sends a message, or keeps it until it can be sent, in order. Done when the server has acknowledged it, at QoS 0 when it is sent.
   *
   * @throws OutboxFullError at once, through the promise, when too much waits already
   * @throws RefusedError when the server refuses it, or the topic is no topic name
   */
  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<void>;
  /** Subscribes now and after each loss of the session. Done with the QoS that the server grants. */
  subscribe(filter: string, qos?: 0 | 1 | 2): Promise<0 | 1 | 2>;
  /** Done when the session no longer has it. */
  unsubscribe(filter: string): Promise<void>;
  /** Fetches a new token and shows it on the live connection; before its time, which the client does by itself. */
  renewToken(): Promise<void>;
}

/** How a message is sent. */
export interface PublishOptions {
  /** 1 unless said. */
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
  /** After so many seconds it is no longer worth sending; the server hears of it too with MQTT 5. */
  readonly expirySeconds?: number;
}

/** What a client is made of. Times are in milliseconds unless the name says seconds. */
export interface ClientOptions {
  /** WebSocket URLs, path included, in the order in which they are tried: `wss://a.example/mqtt`. */
  readonly gateways: readonly string[];
  readonly clientId: string;
  /** 5 unless said; 4 is MQTT 3.1.1, 3 is MQTT 3.1. */
  readonly protocolVersion?: 3 | 4 | 5;
  /** Whether the session ends with the connection. False unless said. */
  readonly clean?: boolean;
  /** How long the server keeps the session of an absent client, with MQTT 5. An hour unless said. */
  readonly sessionExpirySeconds?: number;
  readonly keepAliveSeconds?: number;
  readonly username?: string;
  readonly token?: TokenSource;
  readonly will?: { readonly topic: string; readonly payload: string; readonly qos?: 0 | 1 | 2; readonly retain?: boolean };
  readonly backoff?: BackoffOptions;
  /** From the first byte to CONNACK. */
  readonly connectTimeoutMs?: number;
  /** How long the server may take for a sign of life after the page has woken up. */
  readonly probeMs?: number;
  /** Bounds of what waits to be sent. 1000 messages and 1 MiB unless said. */
  readonly outbox?: { readonly maxMessages?: number; readonly maxBytes?: number };
  /** How many publishes may be under way at once; the server's Receive Maximum counts besides. */
  readonly maxInflight?: number;
  /** Whether what waits and what is in flight outlives the page, in IndexedDB; or where else. */
  readonly persist?: boolean | Storage;
  /** Makes the sockets; what browsers have, unless said. */
  readonly webSocket?: (url: string, protocols: string[]) => WebSocket;
  /** Further options of MQTT.js. */
  readonly mqtt?: IClientOptions;
}

interface Wanted {
  qos: 0 | 1 | 2;
  /** Whether this session is known to have it. */
  confirmed: boolean;
  /** Who waits for it, and has not been sent a SUBSCRIBE for. */
  waiting: { resolve: (granted: 0 | 1 | 2) => void; reject: (why: Error) => void }[];
}

/** A publish of another tab. */
interface Asked extends Promised {
  readonly done: Promise<void>;
}

/** How many publishes of other tabs are remembered: more than are ever asked for again at a change of tabs. */
const MOST_ASKED = 5000;
const TAKEN_OVER = 0x8e;
const NOT_AUTHORIZED = 0x87;
const UNKNOWN_IDENTIFIER = 0x92;
const BAD_CREDENTIALS: readonly number[] = [0x86, NOT_AUTHORIZED, 0x8c, 4, 5];
const MOVED: readonly number[] = [0x9c, 0x9d];
const FILTER_INVALID = 0x8f;
const TOPIC_INVALID = 0x90;
/** Codes of a DISCONNECT that blames what has been sent. */
const BLAMING: readonly number[] = [0x81, 0x82, TOPIC_INVALID, 0x95, 0x99];
/** Those of a WebSocket's close frame, for before MQTT 5 there is no DISCONNECT. */
const BLAMING_CLOSE: readonly number[] = [1002, 1009];
/** Policy violated: a topic, or something else, as its words tell. */
const POLICY_CLOSE = 1008;
/** Codes of a CONNACK that says no for good. */
const FOR_GOOD: readonly number[] = [0x81, 0x82, 0x84, 0x85, 0x8a, 0x90, 0x95, 0x99, 0x9a, 0x9b, 1, 2];

/** Makes a client and starts it. */
export function connect(options: ClientOptions): Client {
  const client = new MqttOverGateways(options);
  client.start();
  return client;
}

/** A client with connections of its own. */
export class MqttOverGateways extends Events<ClientEvents> implements Client {
  readonly #options: ClientOptions;
  readonly #gateways: Gateways;
  readonly #backoff: Backoff;
  readonly #storage: Storage;
  readonly #journal: Journal;
  readonly #serial = new Serial();
  readonly #outbox: Outbox;
  readonly #sent: SentPackets;
  readonly #received: ReceivedPackets;
  readonly #inbox: Inbox;
  readonly #wanted = new Map<string, Wanted>();
  /** What other tabs have asked for, by its origin, and how it ended: what is asked for again is not done again. */
  readonly #asked = new Map<string, Asked>();
  /** What the session may still have and nobody wants, and who waits for its end. */
  readonly #unwanted = new Map<string, readonly (() => void)[]>();
  /** Who waits for a publish that is in flight, by its packet identifier. */
  readonly #promised = new Map<number, Promised>();
  /**
   * What is published before it is known what a page before this one has kept: that goes first. Undefined from then on. Not
   * bounded, since some of it may be what is kept: the outbox refuses what does not fit beside that.
   */
  #early: Outbox | undefined;
  #state: State = { name: "idle" };
  #connection: Connection | undefined;
  /** When the connection that was stopped last is closed. */
  #closed: Promise<void> | undefined;
  #restored: Promise<void> | undefined;
  #isOnline = false;
  #hadSession = false;
  #window = 0;
  #refusals = 0;
  /** The packet that the server seems to have ended the last connection over, by its key. */
  #blamed: number | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #renewing: { readonly connection: Connection; readonly done: Promise<void> } | undefined;
  #asleep: (() => void) | undefined;
  /** Grows with each start and stop: what began before it is no longer wanted. */
  #life = 0;

  constructor(options: ClientOptions) {
    super();
    this.#options = options;
    this.#gateways = new Gateways(options.gateways);
    this.#backoff = new Backoff(options.backoff);
    const { persist = false } = options;
    this.#storage =
      typeof persist === "object" ? persist : persist ? new IndexedDbStorage(options.clientId) : new MemoryStorage();
    this.#journal = new Journal(this.#storage, (failure) => this.emit("trouble", failure));
    this.#sent = new SentPackets(this.#journal, this.#serial);
    this.#received = new ReceivedPackets(this.#journal, this.#serial, this.#storage);
    this.#inbox = new Inbox(this.#received, (message) => this.emit("message", message));
    const { maxMessages = 1000, maxBytes = 1 << 20 } = options.outbox ?? {};
    this.#outbox = new Outbox(this.#journal, this.#serial, maxMessages, maxBytes);
    this.#early = new Outbox(new Journal(new MemoryStorage(), () => {}), new Serial(), Infinity, Infinity);
    this.#sent.onDone = (id) => this.#acknowledged(id);
  }

  get state(): State {
    return this.#state;
  }

  start(): void {
    if (this.#state.name !== "idle" && this.#state.name !== "stopped") return;
    this.#life++;
    this.#refusals = 0;
    this.#asleep = onWakeup(() => this.#woken());
    void this.#attempt();
  }

  async stop(): Promise<void> {
    this.#stop("asked", "");
    await this.#closed;
    await this.#journal.settled();
  }

  /** As {@link Client.publish}; `origin` says who asks, where that is another tab: what it asks for again is done once. */
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}, origin?: string): Promise<void> {
    const { qos = 1, retain = false, expirySeconds } = options;
    const publish: Waiting = {
      topic,
      payload: typeof payload === "string" ? new TextEncoder().encode(payload) : payload,
      qos,
      retain,
      expiresAt: expirySeconds === undefined ? undefined : Date.now() + expirySeconds * 1000,
      ...(origin !== undefined && { origin }),
    };
    const asked = origin === undefined ? undefined : this.#asked.get(origin);
    if (asked) return asked.done;
    const promised = origin === undefined ? promise() : this.#remember(origin);
    try {
      if (!isTopic(topic)) throw new RefusedError(TOPIC_INVALID, "no topic name");
      (this.#early ?? this.#outbox).add(publish, promised);
    } catch (refused) {
      promised.reject(asError(refused));
    }
    this.#pump();
    return promised.done;
  }

  #remember(origin: string): Asked {
    if (this.#asked.size >= MOST_ASKED) for (const oldest of this.#asked.keys()) if (this.#asked.delete(oldest)) break;
    const asked = promise();
    asked.done.catch(() => {}); // whoever has asked is told, if he is still there
    this.#asked.set(origin, asked);
    return asked;
  }

  subscribe(filter: string, qos: 0 | 1 | 2 = 1): Promise<0 | 1 | 2> {
    return new Promise((resolve, reject) => {
      if (!isFilter(filter)) throw new RefusedError(FILTER_INVALID, "no topic filter");
      this.#unsubscribed(filter);
      const wanted = this.#wanted.get(filter) ?? { qos, confirmed: false, waiting: [] };
      this.#wanted.set(filter, wanted);
      wanted.qos = qos;
      wanted.confirmed = false;
      wanted.waiting.push({ resolve, reject });
      if (this.#isOnline) void this.#subscribe(filter, 0);
    });
  }

  unsubscribe(filter: string): Promise<void> {
    return new Promise((resolve) => {
      if (!isFilter(filter)) throw new RefusedError(FILTER_INVALID, "no topic filter");
      this.#wanted.get(filter)?.waiting.forEach(({ reject }) => reject(new Error("unsubscribed")));
      this.#wanted.delete(filter);
      this.#unwanted.set(filter, [...(this.#unwanted.get(filter) ?? []), resolve]);
      if (this.#isOnline) void this.#unsubscribe(filter);
    });
  }

  async renewToken(): Promise<void> {
    const { token } = this.#options;
    const connection = this.#connection;
    if (!token || !connection || !this.#isOnline) return;
    if (this.#renewing?.connection !== connection) {
      const done = this.#renew(connection, token).finally(() => {
        if (this.#renewing?.done === done) this.#renewing = undefined;
      });
      this.#renewing = { connection, done };
    }
    await this.#renewing.done;
  }

  async #renew(connection: Connection, token: TokenSource): Promise<void> {
    const fresh = await token("renew");
    if (this.#connection !== connection) return; // another one has begun, with a token of its own
    await connection.renew(fresh);
    this.#tokenTaken(fresh, true);
  }

  async #attempt(): Promise<void> {
    const life = this.#life;
    clearTimeout(this.#retry);
    const gateway = this.#gateways.current;
    this.#enter({ name: "connecting", gateway, attempt: this.#backoff.failures + 1 });
    let token: string | undefined;
    try {
      await (this.#restored ??= this.#restore());
      token = await this.#options.token?.(this.#refusals > 0 ? "refused" : "connect");
    } catch (failure) {
      if (life !== this.#life) return;
      this.emit("trouble", asError(failure));
      return this.#wait(`no token: ${asError(failure).message}`);
    }
    if (life !== this.#life) return;
    try {
      this.#open(gateway, token);
    } catch (failure) {
      this.#gateways.failed(); // a page may not make a socket to everywhere
      this.#wait(asError(failure).message);
    }
  }

  #open(gateway: string, token: string | undefined): void {
    const { protocolVersion = 5, clean = false, sessionExpirySeconds = 3600, keepAliveSeconds = 60 } = this.#options;
    const { clientId, username, will, connectTimeoutMs = 10_000, mqtt } = this.#options;
    let since = 0;
    const connection = new Connection(
      gateway,
      {
        ...mqtt,
        clientId,
        protocolVersion,
        clean,
        keepalive: keepAliveSeconds,
        connectTimeout: connectTimeoutMs,
        ...(username !== undefined && { username }),
        ...(will && { will: { qos: 0, retain: false, ...will, payload: will.payload as unknown as Buffer } }),
        ...(protocolVersion === 5 && {
          properties: { ...mqtt?.properties, sessionExpiryInterval: clean ? 0 : sessionExpirySeconds },
        }),
      },
      { sent: this.#sent, received: this.#received },
      this.#inbox,
      token,
      this.#options.webSocket ?? browserSocket(),
      {
        connack: (connack) => {
          since = Date.now();
          this.#accepted(gateway, connack);
          if (token !== undefined) this.#tokenTaken(token, false);
        },
        online: (connack) => this.#online(gateway, connack),
        ended: (ending) => {
          if (this.#connection !== connection) return;
          this.#connection = undefined;
          this.#ended(ending, since, connection.isRenewing);
        },
      },
    );
    this.#connection = connection;
  }

  #accepted(gateway: string, connack: Connack): void {
    this.#refusals = 0;
    this.#window = Math.min(this.#options.maxInflight ?? 32, connack.properties?.receiveMaximum ?? 0xffff);
    if (connack.sessionPresent) {
      const said = connack.properties?.userProperties;
      this.emit("resumed", { gateway, queued: count(said?.["queued"]), dropped: count(said?.["dropped"]) });
    } else {
      for (const wanted of this.#wanted.values()) wanted.confirmed = false;
      const hadReceived = this.#received.size > 0;
      this.#inbox.takeUnreleased();
      const uncertain = this.#sent.beginAnew();
      for (const id of uncertain) this.#settle(id, new Error("the session was lost; delivered or not, nobody knows"));
      if (!this.#options.clean && (this.#hadSession || hadReceived || uncertain.length > 0)) {
        this.emit("sessionLost", { gateway, uncertain: uncertain.length });
      }
    }
    if (!this.#hadSession && !this.#options.clean) {
      this.#journal.write({ shelf: "session", key: 0, value: true }).catch(() => {}); // the journal has told
    }
    this.#hadSession = true;
  }

  #online(gateway: string, connack: Connack): void {
    this.#isOnline = true;
    this.#enter({ name: "online", gateway, sessionPresent: connack.sessionPresent, since: Date.now() });
    for (const filter of this.#unwanted.keys()) void this.#unsubscribe(filter);
    for (const [filter, wanted] of this.#wanted) {
      // Of a page before this one nobody knows what it had subscribed to: once more does no harm, retained messages excepted.
      if (!wanted.confirmed || wanted.waiting.length > 0) void this.#subscribe(filter, connack.sessionPresent ? 1 : 0);
    }
    this.#pump();
  }

  async #subscribe(filter: string, retainHandling: 0 | 1): Promise<void> {
    const wanted = this.#wanted.get(filter);
    const connection = this.#connection;
    if (!wanted || !connection) return;
    const { waiting } = wanted;
    wanted.waiting = [];
    try {
      const granted = await connection.subscribe(filter, wanted.qos, retainHandling);
      wanted.confirmed = true;
      waiting.forEach(({ resolve }) => resolve(granted));
    } catch (failure) {
      if (failure instanceof RefusedError) {
        if (this.#wanted.get(filter) === wanted) this.#wanted.delete(filter);
        waiting.forEach(({ reject }) => reject(failure));
        if (waiting.length === 0) this.emit("trouble", failure);
      } else if (this.#wanted.get(filter) === wanted) {
        wanted.waiting.unshift(...waiting); // the connection went: the next one asks again
      } else {
        waiting.forEach(({ reject }) => reject(new Error("unsubscribed")));
      }
    }
  }

  async #unsubscribe(filter: string): Promise<void> {
    const asked = this.#unwanted.get(filter);
    try {
      await this.#connection?.unsubscribe(filter);
    } catch {
      return; // the connection went: the next one asks again
    }
    if (this.#unwanted.get(filter) === asked) this.#unsubscribed(filter);
  }

  #unsubscribed(filter: string): void {
    this.#unwanted.get(filter)?.forEach((resolve) => resolve());
    this.#unwanted.delete(filter);
  }

  /** `since` says when the server has accepted the connection; 0 for never. */
  #ended(ending: Ending, since: number, wasRenewing: boolean): void {
    const wasOnline = this.#isOnline;
    this.#isOnline = false;
    clearTimeout(this.#renewal);
    const { kind, code } = ending;
    const words = ending.reason || (kind === "lost" ? "connection lost" : `0x${code.toString(16)}`);
    // Before MQTT 5 the server has no word for it, but the close frame of the WebSocket has.
    if (code === TAKEN_OVER || (kind === "lost" && ending.reason === "session taken over")) {
      return this.#stop("taken-over", words);
    }
    const isRefused =
      kind === "refused"
        ? BAD_CREDENTIALS.includes(code)
        : wasRenewing && (code === NOT_AUTHORIZED || ending.reason === "not authorized");
    if (isRefused) {
      this.#refusals++;
      if (!this.#options.token) return this.#stop("refused", words);
      if (this.#refusals > 1) return this.#stop("token-refused", words);
      void this.#attempt();
      return;
    }
    if (kind === "refused" && FOR_GOOD.includes(code)) return this.#stop("refused", words);
    if (since && !wasOnline) this.#blame(ending, words);
    if (this.#backoff.ended(since ? Date.now() - since : 0)) this.#gateways.lived();
    if (MOVED.includes(code) && ending.reference && this.#gateways.refer(ending.reference)) {
      void this.#attempt();
      return;
    }
    // A token that has run out says nothing about the gateway.
    if (code !== NOT_AUTHORIZED) this.#gateways.failed();
    this.#wait(words);
  }

  /**
   * What is in flight goes again, one by one, before a connection is online. Where the server ends it over what it got, twice, that is
   * the oldest, which would have every connection ended: nobody waits for it any longer.
   */
  #blame({ kind, code, closeCode }: Ending, words: string): void {
    const isBlaming =
      kind === "disconnected"
        ? BLAMING.includes(code)
        : BLAMING_CLOSE.includes(closeCode) || (closeCode === POLICY_CLOSE && /\btopic\b/.test(words));
    const [key, id] = (isBlaming && this.#sent.oldest) || [];
    const isBlamedAgain = key !== undefined && key === this.#blamed;
    this.#blamed = key;
    if (!isBlamedAgain || id === undefined) return;
    const refused = new RefusedError(code || 0x80, words);
    this.#sent.giveUp(id);
    if (!this.#settle(id, refused)) this.emit("trouble", refused);
  }

  #wait(why: string): void {
    const delayMs = this.#backoff.next();
    this.#enter({ name: "offline", why, retryAt: Date.now() + delayMs });
    this.#retry = setTimeout(() => void this.#attempt(), delayMs);
  }

  #woken(): void {
    if (this.#isOnline) this.#connection?.probe(this.#options.probeMs ?? 5000);
    else if (this.#state.name === "offline") void this.#attempt();
  }

  #stop(why: StopReason, detail: string): void {
    if (this.#state.name === "stopped") return;
    this.#life++;
    this.#isOnline = false;
    clearTimeout(this.#retry);
    clearTimeout(this.#renewal);
    this.#asleep?.();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection) this.#closed = connection.close();
    this.#enter({ name: "stopped", why, detail });
  }

  #tokenTaken(token: string, live: boolean): void {
    const left = leftOf(token, Date.now());
    const expiresAt = left === undefined ? undefined : Date.now() + left;
    void this.emit("token", { expiresAt, live });
    clearTimeout(this.#renewal);
    if (left === undefined || expiresAt === undefined) return;
    const renew = (): void => {
      this.renewToken().catch((failure: unknown) => {
        this.emit("trouble", asError(failure));
        const rest = expiresAt - Date.now();
        if (this.#isOnline && rest > 0) this.#renewal = setTimeout(renew, Math.min(rest, 1000 + Math.random() * 4000));
      });
    };
    this.#renewal = setTimeout(renew, renewalDelay(left));
  }

  #pump(): void {
    const connection = this.#connection;
    while (connection && this.#isOnline && this.#outbox.size > 0 && this.#sent.size < this.#window) {
      const entry = this.#outbox.take() as Entry;
      const { key, publish, promised } = entry;
      const expirySeconds = publish.expiresAt && Math.ceil((publish.expiresAt - Date.now()) / 1000);
      if (expirySeconds !== undefined && expirySeconds <= 0) {
        this.#forget(key);
        promised?.reject(new Error("expired before it could be sent"));
        continue;
      }
      if (publish.qos === 0) {
        this.#forget(key);
        connection.publish(publish.topic, publish.payload, 0, publish.retain, expirySeconds);
        promised?.resolve();
        continue;
      }
      this.#sent.comesFrom = entry;
      const id = this.#sent.idOfNext(() =>
        connection.publish(publish.topic, publish.payload, publish.qos, publish.retain, expirySeconds),
      );
      if (promised) this.#promised.set(id, promised);
    }
    void this.emit("outbox", { waiting: this.#outbox.size, inFlight: this.#sent.size });
  }

  #forget(key: number): void {
    this.#journal.write({ shelf: "waiting", key }).catch(() => {}); // the journal has told
  }

  #acknowledged(id: number): void {
    const ack = this.#sent.acks.get(id);
    this.#sent.acks.delete(id);
    // What answers a PUBREL that is sent again after it was dealt with: it is done.
    const isRefused = ack !== undefined && ack.code >= 0x80 && !(ack.cmd === "pubcomp" && ack.code === UNKNOWN_IDENTIFIER);
    this.#settle(id, isRefused ? new RefusedError(ack.code, ack.reason) : undefined);
    this.#pump();
  }

  /** Returns whether somebody has waited for it. */
  #settle(id: number, failure: Error | undefined): boolean {
    const promised = this.#promised.get(id);
    this.#promised.delete(id);
    if (failure) promised?.reject(failure);
    else promised?.resolve();
    return promised !== undefined;
  }

  async #restore(): Promise<void> {
    const kept = await this.#storage.load().catch((failure: unknown) => {
      this.emit("trouble", asError(failure)); // a private window, say: then nothing was kept
    });
    const restored = new Set<string>();
    const promisedTo = (origin: string | undefined): Asked | undefined => {
      if (origin === undefined) return undefined;
      restored.add(origin);
      return this.#asked.get(origin) ?? this.#remember(origin);
    };
    if (kept) {
      for (const [key, value] of kept.waiting) {
        const publish = value as Waiting;
        this.#outbox.restore(key, publish, promisedTo(publish.origin));
      }
      for (const [key, value] of kept.sent) {
        const packet = value as StoredPacket;
        const promised = promisedTo(packet.origin);
        this.#sent.restore(key, packet);
        if (promised) this.#promised.set(packet.messageId as number, promised);
      }
      for (const [key, packet] of kept.received) this.#received.restore(key, packet as StoredPacket);
      this.#hadSession = kept.session.length > 0;
      await this.#journal.settled();
      this.#storage.noteGiven([]);
    }
    const early = this.#early as Outbox;
    this.#early = undefined;
    for (let entry = early.take(); entry; entry = early.take()) {
      const { publish, promised } = entry as { publish: Waiting; promised: Promised };
      if (publish.origin !== undefined && restored.has(publish.origin)) continue;
      try {
        this.#outbox.add(publish, promised);
      } catch (full) {
        promised.reject(asError(full));
      }
    }
  }

  #enter(state: State): void {
    this.#state = state;
    void this.emit("state", state);
  }
}

/** Where there is a document or a worker the sockets are made here, so that what their close frames say is heard. */
function browserSocket(): ((url: string, protocols: string[]) => WebSocket) | undefined {
  const isBrowser = typeof window !== "undefined" || typeof (globalThis as { importScripts?: unknown }).importScripts === "function";
  return isBrowser ? (url, protocols) => new WebSocket(url, protocols) : undefined;
}

function count(said: string | string[] | undefined): number | undefined {
  return typeof said === "string" && /^\d+$/.test(said) ? Number(said) : undefined;
}

function promise(): Asked {
  let settle: Promised | undefined;
  const done = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  return { ...(settle as unknown as Promised), done };
}

function asError(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error(String(failure));
}
