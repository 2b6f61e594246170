// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import dev.holdfast.gateway.config.value.DataSize;
import dev.holdfast.gateway.config.value.DurationText;
import java.time.Duration;

/** What a session may keep, and for how long. */
public record SessionConfig(
        @Doc("How long a session of an MQTT 3.x client with clean session 0 outlives its connection; MQTT 5 clients "
                + "say it themselves.")
        @Default("2h")
        @Between(min = "1s", max = "3650d")
        Duration defaultExpiry,

        @Doc("The longest that any client gets, whatever it asks for.")
        @Default("7d")
        @Between(min = "1s", max = "3650d")
        Duration maxExpiry,

        @Doc("The longest that a session is kept under a client identifier that may be somebody else's "
                + "(limits.max-unbound-sessions-per-principal says which): its owner is refused no longer than that.")
        @Default(value = "1d", dev = "7d")
        @Between(min = "1s", max = "3650d")
        Duration maxUnboundExpiry,

        @Doc("Whether QoS 0 messages wait for a persistent session that is offline.") @Default("true")
        boolean queueQos0,

        @Doc("Messages that wait for one session at most, unacknowledged ones included.")
        @Default("1000")
        @Between(min = "1", max = "10000000")
        int maxQueueMessages,

        @Doc("Bytes that wait for one session at most; no fewer than limits.max-packet-size.")
        @Default("4MiB")
        @Between(min = "1KiB", max = "64GiB")
        DataSize maxQueueBytes,

        @Doc("Which message gives way when the queue is full.") @Default("drop-oldest")
        WhenFull whenFull,

        @Doc(
                "The how many-th subscription to one and the same topic filter makes it wide: its persistent session, and those that "
                        + "subscribe after it, read the filter's messages from a log, in which each is stored once for all of them, and not "
                        + "from queues of their own. 0 for never. Needs when-full: drop-oldest, and a release that knows logs at every gateway.")
        @Default("0")
        @Between(min = "0", max = "1000000")
        int wideFilterFrom,

        @Doc(
                "For how much longer than its sessions a log is kept: they may belong to a gateway that has died or cannot reach the store.")
        @Default("1d")
        @Between(min = "10s", max = "365d")
        Duration wideFilterRest,

        @Doc("How a shared subscription chooses the member that gets a message.") @Default("round-robin")
        SharedStrategy sharedStrategy,

        @Doc("How often expired sessions, delayed wills and expired messages are looked for.")
        @Default("1s")
        @Between(min = "100ms", max = "1m")
        Duration sweepInterval,

        @Doc("Whether wills are published when the gateway shuts down.") @Default("false")
        boolean willsOnShutdown)
        implements Checked {
    /** Which message is dropped when a queue is full. */
    public enum WhenFull {
        /** The oldest that has not been sent yet. */
        DROP_OLDEST,
        /** The new one. */
        DROP_NEWEST
    }

    /** How a shared subscription chooses. */
    public enum SharedStrategy {
        /** In turn. */
        ROUND_ROBIN,
        /** By chance. */
        RANDOM,
        /** One member as long as it is there. */
        STICKY,
        /** By the client identifier of the publisher: one publisher, one member. */
        HASH_CLIENT_ID,
        /** In turn among those on the gateway that received the message; the others if there is none. */
        LOCAL_FIRST
    }

    /** The longest that a session is kept. */
    public Duration longestExpiry(boolean isOwn) {
        return isOwn || maxUnboundExpiry.compareTo(maxExpiry) > 0 ? maxExpiry : maxUnboundExpiry;
    }

    @Override
    public void check(Complaints complaints) {
        if (defaultExpiry.compareTo(maxExpiry) > 0) {
            complaints.about(
                    "default-expiry",
                    "is longer than session.max-expiry (" + DurationText.of(maxExpiry) + "); expected at most that");
        }
        if (wideFilterFrom > 0 && whenFull == WhenFull.DROP_NEWEST) {
            complaints.about(
                    "wide-filter-from",
                    "needs session.when-full: drop-oldest, since a log always drops its oldest messages; expected 0");
        }
    }
}
