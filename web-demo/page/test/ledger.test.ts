// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "vitest";
import { Recent } from "../src/latency.js";
import { Ledger } from "../src/ledger.js";

describe("The ledger", () => {
  const sentAndReceived = (sent: number, received: number[]): Ledger => {
    const ledger = new Ledger();
    for (let n = 0; n < sent; n++) ledger.next();
    received.forEach((n) => ledger.receive(n));
    return ledger;
  };

  test("counts what came, and what is on its way as neither there nor missing", () => {
    expect(sentAndReceived(5, [1, 2, 3]).counts).toEqual({ expected: 5, received: 3, duplicates: 0, gaps: 0, waiting: 2 });
  });

  test("a number that a later one has passed is missing, until it comes after all", () => {
    const ledger = sentAndReceived(5, [1, 4]);
    expect(ledger.counts).toMatchObject({ received: 2, gaps: 2, waiting: 1 });
    ledger.receive(3);
    expect(ledger.counts).toMatchObject({ received: 3, gaps: 1, duplicates: 0 });
  });

  test("a number that comes again is a duplicate and not received twice", () => {
    expect(sentAndReceived(3, [1, 2, 2, 1]).counts).toMatchObject({ received: 2, duplicates: 2, gaps: 0 });
  });

  test("shows its latest cells", () => {
    expect(sentAndReceived(6, [1, 2, 2, 4, 5]).latest(5).map(({ n, cell }) => `${n} ${cell}`)).toEqual([
      "2 duplicate",
      "3 gap",
      "4 received",
      "5 received",
      "6 waiting",
    ]);
  });

  test("goes on from what was written down", () => {
    const before = sentAndReceived(4, [1, 3, 3]);
    const after = new Ledger(JSON.parse(JSON.stringify(before.note)) as typeof before.note);
    after.receive(1);
    after.receive(2);
    expect(after.counts).toEqual({ expected: 4, received: 3, duplicates: 2, gaps: 0, waiting: 1 });
  });

  test("of a phone that was taken over begins where it is", () => {
    const ledger = new Ledger();
    ledger.beginAfter(41);
    ledger.receive(42);
    ledger.beginAfter(42);
    expect(ledger.counts).toMatchObject({ received: 42, gaps: 0, duplicates: 0 });
  });
});

test("quantiles are those of the latest values only", () => {
  const recent = new Recent(3);
  expect(recent.quantile(0.5)).toBeUndefined();
  [100, 1, 2, 3].forEach((value) => recent.add(value));
  expect([recent.quantile(0.5), recent.quantile(0.99), recent.values]).toEqual([2, 3, [1, 2, 3]]);
});
