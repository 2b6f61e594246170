// SPDX-License-Identifier: Apache-2.0
import type { Message } from "./connection.js";
import type { ReceivedPackets } from "./packets.js";

/** A PUBLISH as it comes. */
export interface Incoming {
  readonly topic: string | Buffer;
  readonly payload: string | Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly messageId?: number | undefined;
}

/** Where an acknowledgement goes. */
export interface Acknowledging {
  /** Whether it goes nowhere any more: what has not been acknowledged comes again. */
  readonly isOver: boolean;
  acknowledge(qos: 1 | 2, messageId: number): void;
}

/**
 * Gives messages to the application in the order in which they have come, also over a change of connections: the next one waits until
 * the listener is done with the one before, and only then is that one acknowledged. The connection meanwhile reads on, so that a
 * listener may wait for what it sends itself.
 */
export class Inbox {
  readonly #received: ReceivedPackets;
  readonly #listener: (message: Message) => Promise<void> | undefined;
  /** Done with the last message so far; undefined while none waits. */
  #last: Promise<void> | undefined;

  constructor(received: ReceivedPackets, listener: (message: Message) => Promise<void> | undefined) {
    this.#received = received;
    this.#listener = listener;
  }

  /** A message has come, at QoS 2 its release. */
  take(packet: Incoming, from: Acknowledging): void {
    const { qos, messageId: id = 0 } = packet;
    if (qos === 2) return this.#takeReleased(this.#received.keyOf(id), packet, from);
    this.#inTurn(() => {
      if (qos === 0) return this.#listener(messageOf(packet));
      if (from.isOver) return undefined;
      return after(this.#listener(messageOf(packet)), () => from.acknowledge(1, id));
    });
  }

  /** The session is gone, and no release will come: gives what has been confirmed to the server all the same. */
  takeUnreleased(): void {
    for (const [key, packet] of this.#received.moveOut()) this.#takeReleased(key, packet as Incoming, undefined);
  }

  #takeReleased(key: number | undefined, packet: Incoming, from: Acknowledging | undefined): void {
    const id = packet.messageId as number;
    this.#inTurn(() => {
      const isNew = key !== undefined && this.#received.has(key);
      // Left to the connection that comes next, unless there is nothing to come.
      if (isNew && from?.isOver) return undefined;
      return after(isNew ? this.#listener(messageOf(packet)) : undefined, () => {
        if (isNew) this.#received.given(key, id);
        from?.acknowledge(2, id);
      });
    });
  }

  #inTurn(turn: () => Promise<void> | undefined): void {
    const running = this.#last ? this.#last.then(turn) : turn();
    if (!running) return;
    this.#last = running;
    void running.then(() => {
      if (this.#last === running) this.#last = undefined;
    });
  }
}

/** At once, or when the promise is kept. */
function after(promise: Promise<void> | undefined, then: () => void): Promise<void> | undefined {
  if (promise) return promise.then(then);
  then();
  return undefined;
}

function messageOf({ topic, payload, qos, retain, dup }: Incoming): Message {
  return { topic: String(topic), payload: typeof payload === "string" ? new TextEncoder().encode(payload) : payload, qos, retain, dup };
}
