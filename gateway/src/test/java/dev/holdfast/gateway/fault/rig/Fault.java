// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

/** What the nemesis can do. */
public enum Fault {
    /** kill -9 of a gateway; another one takes its place. */
    KILL_GATEWAY(0),
    /** STOP, and CONT after a while: what a long collection looks like, and longer than the gateway is believed in. */
    STOP_GATEWAY(5_000),
    /** The same for longer than its lease: it is taken for dead, and goes on. */
    STOP_GATEWAY_FOR_LONG(10_000),
    /** A gateway's connections to Redis end, and no new one comes about. */
    CUT_REDIS(4_000),
    /** What Redis answers a gateway does not arrive. */
    LOSE_ANSWERS(3_000),
    /** What a gateway says to Redis does not arrive. */
    LOSE_CALLS(3_000),
    /** Redis is far away for a gateway. */
    DELAY_REDIS(3_000),
    /** kill -9 of Redis, and a new start from its append-only file. */
    RESTART_REDIS(0),
    /** The address of Redis leads to another server for a while, and back to the first as that was left. */
    FAIL_BACK(3_000),
    /** STOP, and CONT after a while. */
    STOP_REDIS(5_000),
    /** Redis forgets its scripts. */
    FLUSH_SCRIPTS(0),
    /** A gateway's clients lose their connections, with RST. */
    RESET_CLIENTS(0),
    /** A gateway sees its clients go, and they see nothing. */
    HALF_OPEN_CLIENTS(6_000),
    /** What a gateway says to its clients does not arrive for a while. */
    LOSE_WORDS_TO_CLIENTS(3_000),
    /** Packets arrive byte by byte. */
    SLICE_CLIENTS(3_000),
    /** What other gateways tell a gateway directly does not arrive for a while, and nobody hears that it does not. */
    LOSE_LINKS(3_000),
    /** The connections of other gateways to a gateway end, and no new one comes about. */
    CUT_LINKS(3_000),
    /** What gateways tell a gateway directly arrives byte by byte. */
    SLICE_LINKS(3_000),
    /** A master of the cluster is killed; its replica takes over, and it comes back as one. */
    KILL_MASTER(0),
    /** A replica takes over by CLUSTER FAILOVER. */
    FAIL_OVER(0),
    /** A slot with its keys moves to another master. */
    MOVE_SLOTS(0);

    /** How long it lasts. */
    final long millis;

    Fault(long millis) {
        this.millis = millis;
    }
}
