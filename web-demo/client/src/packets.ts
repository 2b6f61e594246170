// SPDX-License-Identifier: Apache-2.0
import mqtt, { type IStore } from "mqtt"; // its build for browsers has no other export
import type { Entry } from "./outbox.js";
import type { Journal, Shelf, Storage } from "./storage.js";

/** A packet as MQTT.js keeps it. */
export type StoredPacket = Parameters<IStore["put"]>[0] & {
  messageId?: number | undefined;
  dup?: boolean;
  /** On whose behalf it is under way, where that is another tab. */
  origin?: string | undefined;
};

type Done = Parameters<IStore["put"]>[1];
type Found = Parameters<IStore["get"]>[1];

/** Numbers for what is kept: greater than all before, so that order is order of arrival. */
export class Serial {
  #last = 0;

  next(): number {
    return ++this.#last;
  }

  /** That number is in use. */
  seen(key: number): void {
    this.#last = Math.max(this.#last, key);
  }
}

/** MQTT.js's store of packets in flight, in a journal besides, so that they outlive the page. In order of arrival. */
abstract class KeptPackets extends mqtt.Store {
  protected readonly keys = new Map<number, number>();
  protected readonly packets = new Map<number, StoredPacket>();

  constructor(
    protected readonly shelf: Shelf,
    protected readonly journal: Journal,
    protected readonly serial: Serial,
  ) {
    super({ clean: false });
  }

  /** Takes what a page before this one has kept. */
  restore(key: number, packet: StoredPacket): void {
    const id = idOf(packet);
    this.serial.seen(key);
    this.keys.set(id, key);
    this.packets.set(id, packet);
    super.put(packet, () => {});
  }

  get size(): number {
    return this.keys.size;
  }

  override put(packet: StoredPacket, kept: Done): this {
    const id = idOf(packet);
    const key = this.keys.get(id) ?? this.serial.next();
    this.keys.set(id, key);
    this.packets.set(id, packet);
    super.put(packet, () => {});
    const { shelf } = this;
    // Where it cannot be kept it is sent all the same, and does not outlive the page; the journal has told.
    const sendable = (): void => kept();
    this.journal.write({ shelf, key, value: packet }, ...this.besides()).then(sendable, sendable);
    return this;
  }

  override del(packet: Pick<StoredPacket, "messageId">, found: Found): this {
    const id = idOf(packet);
    const stored = this.packets.get(id);
    this.drop(id);
    if (stored) found(undefined, stored);
    else found(new Error("missing packet"));
    return this;
  }

  override close(closed: Done): void {
    closed?.();
  }

  /** Removes it here at once, in the journal soon. */
  protected drop(id: number): void {
    const key = this.keys.get(id);
    if (key === undefined) return;
    this.takeOut(id);
    this.journal.write({ shelf: this.shelf, key }).catch(() => {}); // the journal has told
  }

  /** Removes it here, not in the journal. */
  protected takeOut(id: number): void {
    this.keys.delete(id);
    this.packets.delete(id);
    super.del({ messageId: id }, () => {});
  }

  /** Changes that go with the next put. */
  protected besides(): { shelf: Shelf; key: number }[] {
    return [];
  }
}

/** What has been sent and not been acknowledged: PUBLISH at QoS 1 and 2, and PUBREL. */
export class SentPackets extends KeptPackets {
  /** The waiting entry that the packet stored next comes from: it leaves its shelf in the same write. */
  comesFrom: Pick<Entry, "key" | "publish"> | undefined;
  /** Reason codes of acknowledgements by packet identifier, from their arrival until their packet is done with. */
  readonly acks = new Map<number, { cmd: string; code: number; reason: string }>();
  /** Hears of each packet that is done with. */
  onDone: (messageId: number) => void = () => {};
  #lastPut = 0;
  #beginsAnew = false;

  constructor(journal: Journal, serial: Serial) {
    super("sent", journal, serial);
  }

  /** Runs what puts one packet, and tells the packet's identifier. */
  idOfNext(putting: () => void): number {
    this.#lastPut = 0;
    putting();
    return this.#lastPut;
  }

  override put(packet: StoredPacket, kept: Done): this {
    const id = (this.#lastPut = idOf(packet));
    const origin = this.comesFrom?.publish.origin ?? this.packets.get(id)?.origin;
    if (origin !== undefined) packet.origin = origin;
    return super.put(packet, kept);
  }

  /** The key and the identifier of what has been here longest: the first that goes again on a new connection, and alone. */
  get oldest(): [key: number, id: number] | undefined {
    for (const [id, key] of this.keys) return [key, id];
    return undefined;
  }

  /** Forgets a packet that no server takes. */
  giveUp(id: number): void {
    this.drop(id);
  }

  override createStream(): ReturnType<IStore["createStream"]> {
    // All that is here when a connection begins may have been sent on one before [MQTT-3.3.1-1], but in this session only.
    for (const packet of this.packets.values()) if (packet.cmd === "publish") packet.dup = !this.#beginsAnew;
    this.#beginsAnew = false;
    return super.createStream();
  }

  override del(packet: Pick<StoredPacket, "messageId">, found: Found): this {
    super.del(packet, found);
    this.onDone(idOf(packet));
    return this;
  }

  /**
   * Makes ready for a session that begins anew: what the server has not taken over goes as if for the first time; a PUBREL
   * without the session it belongs to says nothing to anybody, so its message is delivered or lost, and nobody knows which.
   *
   * @returns the identifiers of those
   */
  beginAnew(): number[] {
    this.#beginsAnew = true;
    const uncertain = [...this.packets].filter(([, { cmd }]) => cmd !== "publish").map(([id]) => id);
    for (const id of uncertain) this.drop(id);
    return uncertain;
  }

  protected override besides(): { shelf: Shelf; key: number }[] {
    const key = this.comesFrom?.key;
    this.comesFrom = undefined;
    return key === undefined ? [] : [{ shelf: "waiting", key }];
  }
}

/**
 * What has been received at QoS 2 and not been released. A message is given to the application at its release; that it has been
 * given is noted in the same task, so that a page which is reloaded right then is not given it again.
 */
export class ReceivedPackets extends KeptPackets {
  readonly #given = new Set<number>();
  readonly #notGiven = new Set<number>();

  constructor(
    journal: Journal,
    serial: Serial,
    private readonly storage: Storage,
  ) {
    super("received", journal, serial);
  }

  override restore(key: number, packet: StoredPacket): void {
    if (this.storage.given().includes(key)) {
      this.serial.seen(key);
      this.journal.write({ shelf: this.shelf, key }).catch(() => {});
    } else {
      super.restore(key, packet);
      this.#notGiven.add(key);
    }
  }

  override put(packet: StoredPacket, kept: Done): this {
    super.put(packet, kept);
    this.#notGiven.add(this.keyOf(idOf(packet)) as number);
    return this;
  }

  /** The key of the packet with this identifier, which the server may use again when it is done with. */
  keyOf(id: number): number | undefined {
    return this.keys.get(id);
  }

  /** Whether the application has not been given the message with this key. */
  has(key: number): boolean {
    return this.#notGiven.has(key);
  }

  /** Takes all out, as when the server has lost the session; each stays kept until it is given. */
  moveOut(): [key: number, packet: StoredPacket][] {
    const all = [...this.packets].map(([id, packet]): [number, StoredPacket] => [this.keyOf(id) as number, packet]);
    for (const [, packet] of all) this.takeOut(idOf(packet));
    return all;
  }

  /** The application has been given the message with this key and identifier. */
  given(key: number, id: number): void {
    if (!this.#notGiven.delete(key)) return;
    this.#given.add(key);
    this.storage.noteGiven([...this.#given]);
    if (this.keyOf(id) === key) this.takeOut(id);
    this.journal.write({ shelf: this.shelf, key }).then(
      () => this.#given.delete(key) && this.storage.noteGiven([...this.#given]),
      () => {}, // the journal has told
    );
  }
}

function idOf(packet: Pick<StoredPacket, "messageId">): number {
  return packet.messageId as number;
}
