// SPDX-License-Identifier: Apache-2.0
import { MqttOverGateways, connect, type Client, type ClientEvents, type ClientOptions, type PublishOptions, type State } from "./client.js";
import { RefusedError } from "./connection.js";
import { Events } from "./events.js";
import { matches } from "./filter.js";
import { OutboxFullError } from "./outbox.js";

/** What a tab asks of the tab that has the connection. */
type Call =
  | { readonly name: "publish"; readonly topic: string; readonly payload: string | Uint8Array; readonly options: PublishOptions }
  | { readonly name: "subscribe"; readonly filter: string; readonly qos: 0 | 1 | 2 }
  | { readonly name: "unsubscribe"; readonly filter: string }
  | { readonly name: "renewToken" }
  | { readonly name: "start" };

/** An error on its way to another tab, where its class is made again. */
interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: number;
  readonly reason?: string;
}

/** What goes between the tabs. */
type Note =
  | { readonly kind: "call"; readonly from: string; readonly number: number; readonly call: Call }
  | { readonly kind: "answer"; readonly to: string; readonly number: number; readonly value?: 0 | 1 | 2 | undefined; readonly error?: Failure | undefined }
  | { readonly kind: "event"; readonly name: keyof ClientEvents; readonly value: unknown }
  /** A tab asks who leads. */
  | { readonly kind: "hello"; readonly from: string }
  /** A tab leads from now on, or is asked and does. */
  | { readonly kind: "lead"; readonly term: string; readonly state: State }
  /** A tab tells itself: it has heard what was said before. */
  | { readonly kind: "echo"; readonly to: string }
  /** A tab wants nothing any more; where it had the connection, `alone` is what nobody else wanted. */
  | { readonly kind: "bye"; readonly from: string; readonly alone: readonly string[] };

/**
 * Makes a client whose connection all tabs of an origin share that ask for the same client identifier. One tab has it, held by a
 * Web Lock; the others send and hear through that one by a BroadcastChannel, and when it closes or crashes the next one takes its
 * place, resumes the session and takes up what the others had asked for. It `persist`s unless told otherwise: what was in flight
 * would go with its tab. Where the browser lacks either, each tab connects by itself, and a later one takes over from the one before.
 */
export function connectShared(options: ClientOptions): Client {
  if (typeof BroadcastChannel === "undefined" || !globalThis.navigator?.locks) return connect(options);
  const client = new SharedClient({ persist: true, ...options });
  client.start();
  return client;
}

class SharedClient extends Events<ClientEvents> implements Client {
  readonly #options: ClientOptions;
  readonly #name: string;
  readonly #id = crypto.randomUUID();
  readonly #filters = new Map<string, 0 | 1 | 2>();
  /** Of the leader: who wants what. */
  readonly #wanted = new Map<string, Set<string>>();
  /** What only the tab wanted that had the connection: whoever leads next ends it. */
  #orphans: readonly string[] = [];
  readonly #pending = new Map<number, { call: Call; resolve: (value?: 0 | 1 | 2) => void; reject: (why: Error) => void; sent: boolean }>();
  #channel: BroadcastChannel | undefined;
  #leader: MqttOverGateways | undefined;
  #term = "";
  #state: State = { name: "idle" };
  #next = 1;
  #isWanted = false;
  #stopping: Promise<void> | undefined;
  #resign: (() => void) | undefined;
  #echoed: (() => void) | undefined;

  constructor(options: ClientOptions) {
    super();
    this.#options = options;
    this.#name = `holdfast:${options.clientId}`;
  }

  get state(): State {
    return this.#state;
  }

  /** Whether this tab has the connection. */
  get leads(): boolean {
    return this.#leader !== undefined;
  }

  start(): void {
    this.#isWanted = true;
    if (this.#stopping) return; // begins when that is done
    if (this.#leader) return this.#leader.start();
    if (this.#channel) return void this.#call({ name: "start" }).catch(() => {});
    this.#enter({ name: "connecting", gateway: this.#options.gateways[0] as string, attempt: 1 });
    const channel = (this.#channel = new BroadcastChannel(this.#name));
    channel.onmessage = ({ data }) => this.#heard(data as Note);
    this.#say({ kind: "hello", from: this.#id });
    const given = new AbortController();
    this.#resign = () => given.abort();
    globalThis.window?.addEventListener("pagehide", this.#bye);
    navigator.locks.request(this.#name, { signal: given.signal }, () => this.#lead()).catch(() => {}); // stopped before its turn came
  }

  stop(): Promise<void> {
    this.#isWanted = false;
    return (this.#stopping ??= this.#end());
  }

  /** What has been asked for and not been answered is asked for again at the next start. */
  async #end(): Promise<void> {
    globalThis.window?.removeEventListener("pagehide", this.#bye);
    const leader = this.#leader;
    this.#leader = undefined;
    this.#term = "";
    if (this.#state.name !== "stopped") this.#enter({ name: "stopped", why: "asked", detail: "" });
    await leader?.stop();
    this.#bye();
    this.#wanted.clear();
    this.#resign?.();
    this.#echoed?.();
    this.#channel?.close();
    this.#channel = undefined;
    this.#stopping = undefined;
    if (this.#isWanted) this.start();
  }

  async publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): Promise<void> {
    await this.#call({ name: "publish", topic, payload, options });
  }

  async subscribe(filter: string, qos: 0 | 1 | 2 = 1): Promise<0 | 1 | 2> {
    this.#filters.set(filter, qos);
    return (await this.#call({ name: "subscribe", filter, qos })) as 0 | 1 | 2;
  }

  async unsubscribe(filter: string): Promise<void> {
    this.#filters.delete(filter);
    await this.#call({ name: "unsubscribe", filter });
  }

  async renewToken(): Promise<void> {
    await this.#call({ name: "renewToken" });
  }

  readonly #bye = (): void => {
    const alone = [...this.#wanted].filter(([, tabs]) => tabs.size === 1 && tabs.has(this.#id)).map(([filter]) => filter);
    this.#say({ kind: "bye", from: this.#id, alone });
  };

  /**
   * Has the connection until it is told to resign: the lock goes with the promise. What the tab before has said is heard first, since
   * that one may have acknowledged it, and nobody else will say it again.
   */
  async #lead(): Promise<void> {
    let isResigned = false;
    const resigned = new Promise<void>((resolve) => {
      this.#resign = () => {
        isResigned = true;
        resolve();
      };
    });
    await Promise.race([this.#caughtUp(), resigned]);
    if (!isResigned) this.#takeTheLead();
    await resigned;
  }

  /** Done when this tab has heard what was said before, since a channel keeps the order; or when it is stopped. */
  async #caughtUp(): Promise<void> {
    const own = new BroadcastChannel(this.#name); // a channel does not hear itself
    await new Promise<void>((resolve) => {
      this.#echoed = resolve;
      own.postMessage({ kind: "echo", to: this.#id } satisfies Note);
    });
    own.close();
  }

  #takeTheLead(): void {
    const leader = (this.#leader = new MqttOverGateways(this.#options));
    this.#term = crypto.randomUUID();
    this.#wanted.clear();
    for (const name of ["state", "message", "resumed", "sessionLost", "token", "outbox", "trouble"] as const) {
      leader.on(name, (value) => {
        if (name === "state" && this.#leader !== leader) return undefined; // only this tab has stopped
        this.#say({ kind: "event", name, value });
        return this.#happened(name, value);
      });
    }
    for (const [filter, qos] of this.#filters) void this.#run(this.#id, { name: "subscribe", filter, qos }).catch(() => {});
    for (const filter of this.#orphans) if (!this.#filters.has(filter)) leader.unsubscribe(filter).catch(() => {});
    this.#orphans = [];
    // What has stopped for all, as after a takeover, is started when somebody asks for it.
    if (this.#state.name !== "stopped") leader.start();
    this.#say({ kind: "lead", term: this.#term, state: this.#state });
    this.#newTerm();
  }

  #heard(note: Note): void {
    switch (note.kind) {
      case "call":
        if (this.#leader) void this.#answer(note.from, note.number, note.call);
        break;
      case "answer":
        if (note.to === this.#id) this.#answered(note.number, note.value, note.error);
        break;
      case "event":
        // Where a channel does not keep the order between processes, a message of the tab before may still come.
        if (!this.#leader || note.name === "message") void this.#happened(note.name, note.value);
        break;
      case "hello":
        if (this.#leader) this.#say({ kind: "lead", term: this.#term, state: this.#state });
        break;
      case "lead":
        if (this.#leader || note.term === this.#term) break;
        this.#term = note.term;
        this.#orphans = [];
        this.#enter(note.state);
        for (const [filter, qos] of this.#filters) void this.#call({ name: "subscribe", filter, qos }).catch(() => {});
        this.#newTerm();
        break;
      case "echo":
        if (note.to === this.#id) this.#echoed?.();
        break;
      case "bye":
        if (this.#leader) for (const filter of this.#wanted.keys()) void this.#unwanted(note.from, filter);
        else if (note.alone.length > 0) this.#orphans = note.alone;
    }
  }

  /**
   * Another tab leads. What the one before has not answered is asked for again. A publish which that one had taken is in the storage
   * that they share, under its origin, and is not made twice; without a storage, and at QoS 0, nobody knows how far it had come.
   */
  #newTerm(): void {
    for (const [number, { call, sent }] of [...this.#pending]) {
      if (sent && call.name === "publish" && (!this.#options.persist || call.options.qos === 0)) {
        this.#answered(number, undefined, failureOf(new Error("the tab that had the connection is gone; sent or not, nobody knows")));
      } else {
        this.#send(number);
      }
    }
  }

  #call(call: Call): Promise<0 | 1 | 2 | void> {
    return new Promise((resolve, reject) => {
      const number = this.#next++;
      this.#pending.set(number, { call, resolve, reject, sent: false });
      if (this.#term) this.#send(number);
    });
  }

  #send(number: number): void {
    const pending = this.#pending.get(number);
    if (!pending) return;
    pending.sent = true;
    if (this.#leader) void this.#answer(this.#id, number, pending.call);
    else this.#say({ kind: "call", from: this.#id, number, call: pending.call });
  }

  async #answer(to: string, number: number, call: Call): Promise<void> {
    const answer = await this.#run(to, call, `${to}:${number}`).then(
      (value) => ({ value: value ?? undefined, error: undefined }),
      (why: unknown) => ({ value: undefined, error: failureOf(why) }),
    );
    if (to === this.#id) this.#answered(number, answer.value, answer.error);
    else this.#say({ kind: "answer", to, number, ...answer });
  }

  #answered(number: number, value: 0 | 1 | 2 | undefined, error: Failure | undefined): void {
    const pending = this.#pending.get(number);
    this.#pending.delete(number);
    if (error) pending?.reject(errorOf(error));
    else pending?.resolve(value);
  }

  async #run(tab: string, call: Call, origin?: string): Promise<0 | 1 | 2 | void> {
    const leader = this.#leader as MqttOverGateways;
    switch (call.name) {
      case "publish":
        return leader.publish(call.topic, call.payload, call.options, origin);
      case "subscribe": {
        const tabs = this.#wanted.get(call.filter) ?? new Set();
        this.#wanted.set(call.filter, tabs.add(tab));
        return leader.subscribe(call.filter, call.qos);
      }
      case "unsubscribe":
        return this.#unwanted(tab, call.filter);
      case "renewToken":
        return leader.renewToken();
      case "start":
        return leader.start();
    }
  }

  async #unwanted(tab: string, filter: string): Promise<void> {
    const tabs = this.#wanted.get(filter);
    if (!tabs?.delete(tab) || tabs.size > 0) return;
    this.#wanted.delete(filter);
    await this.#leader?.unsubscribe(filter);
  }

  #happened(name: keyof ClientEvents, value: unknown): Promise<void> | undefined {
    if (name === "message") {
      const { topic } = value as ClientEvents["message"];
      if (![...this.#filters.keys()].some((filter) => matches(filter, topic))) return undefined;
    }
    if (name === "state") this.#state = value as State;
    return this.emit(name, value as never);
  }

  #enter(state: State): void {
    this.#state = state;
    void this.emit("state", state);
  }

  #say(note: Note): void {
    this.#channel?.postMessage(note);
  }
}

function failureOf(why: unknown): Failure {
  const { name, message } = why instanceof Error ? why : new Error(String(why));
  return { name, message, ...(why instanceof RefusedError && { code: why.code, reason: why.reason }) };
}

function errorOf({ name, message, code = 0, reason = "" }: Failure): Error {
  if (name === "RefusedError") return new RefusedError(code, reason);
  return name === "OutboxFullError" ? new OutboxFullError(message) : new Error(message);
}
