// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Between;
import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.config.binding.Default;
import dev.holdfast.gateway.config.binding.Doc;
import dev.holdfast.gateway.config.binding.OfBytes;
import dev.holdfast.gateway.config.value.DataSize;
import dev.holdfast.gateway.config.value.DurationText;
import dev.holdfast.gateway.config.value.Rate;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What one client, or all of them, may ask for. */
public record LimitsConfig(
        @Doc("What may be held in memory for clients, all together. 0 = half of the heap (-Xmx).")
        @Default("0B")
        @Between(min = "0B", max = "1024GiB")
        DataSize memoryBudget,

        @Doc("Largest packet before authentication, fixed header included.")
        @Default("64KiB")
        @Between(min = "128B", max = "268435460B")
        DataSize maxPacketSizeBeforeAuth,

        @Doc("Largest packet, fixed header included; told to MQTT 5 clients as Maximum Packet Size.")
        @Default("256KiB")
        @Between(min = "128B", max = "268435460B")
        DataSize maxPacketSize,

        @Doc(
                "Largest PUBLISH above limits.max-packet-size that is read and thrown away, so that its client can be answered: "
                        + "at QoS 1 and 2 an MQTT 5 client with 0x97. A larger one closes the connection. 0B = each one does.")
        @Default("16MiB")
        @Between(min = "0B", max = "268435460B")
        DataSize maxSkippedPacketSize,

        @Doc(
                "Whether a QoS 1 or 2 PUBLISH of an MQTT 3.x client that is too large, and thrown away, is acknowledged. Otherwise "
                        + "the connection is closed; the client sends it again at the next one, which is closed later, each time up to "
                        + "a minute.")
        @Default("false")
        boolean acknowledgeOversizeV3,

        @Doc(
                "How long a connection may take to send its whole CONNECT, and how long that may then wait for its answer. What "
                        + "is overdue is closed within a second after it.")
        @Default("5s")
        @Between(min = "100ms", max = "5m")
        Duration connectTimeout,

        @Doc("Longest keep alive. An MQTT 5 client that asks for more, or for none (0), is told this one (Server "
                + "Keep Alive), and held to it; one that has asked for 5m or less is held to what it asked for, since many "
                + "do not heed what they are told. An MQTT 3.x client cannot be told: asking for more it is held to what it "
                + "asked for, asking for 0 it has none and only TCP tells that it is gone.")
        @Default("5m")
        @Between(min = "1s", max = "65535s")
        Duration maxKeepAlive,

        @Doc(
                "Shortest keep alive of an MQTT 5 client: one that asks for less is given this much time, and told so. An older "
                        + "client, which cannot be told, is held to what it asks for.")
        @Default("5s")
        @Between(min = "0", max = "65535s")
        Duration minKeepAlive,

        @Doc("QoS 1 and 2 messages on their way to one client that it has not acknowledged; an MQTT 5 client can "
                + "ask for fewer (Receive Maximum).")
        @Default("64")
        @Between(min = "1", max = "65535")
        int maxInflight,

        @Doc(
                "QoS 1 and 2 messages from one MQTT 5 client that are not acknowledged yet; told to it as Receive "
                        + "Maximum. Beyond it the gateway reads slower; more at QoS 2 that the client has not released is v5 0x93.")
        @Default("1024")
        @Between(min = "1", max = "65535")
        int receiveMaximum,

        @Doc(
                "QoS 2 messages from one MQTT 3.x client that it has not released. More closes the connection. Of an "
                        + "MQTT 5 client, whose Receive Maximum counts anew at each connection, a session keeps no more either.")
        @Default("1024")
        @Between(min = "1", max = "65535")
        int maxInboundQos2V3,

        @Doc("Levels of a topic name or filter.") @Default("32") @Between(min = "1", max = "65535")
        int maxTopicLevels,

        @Doc("Length of a topic name or filter, in UTF-8.") @Default("1KiB") @Between(min = "1B", max = "65535B")
        DataSize maxTopicBytes,

        @Doc("Length of a client identifier, in UTF-8.") @Default("128B") @Between(min = "23B", max = "65535B")
        DataSize maxClientIdBytes,

        @Doc("Subscriptions of one session.") @Default("1024") @Between(min = "1", max = "1000000")
        int maxSubscriptionsPerClient,

        @Doc(
                "Sessions of one principal (issuer and subject of a token) that are kept while their clients are away, on all "
                        + "gateways together. 0 = any number. Those that are there stay usable; a CONNECT that would make one more is "
                        + "v5 0x97, v3 return code 3. Clean sessions and anonymous clients are not counted.")
        @Default("10000")
        @Between(min = "0", max = "100000000")
        int maxSessionsPerPrincipal,

        @Doc(
                "With so many kept sessions a principal gets no more under client identifiers that may be somebody else's: those "
                        + "that are not its subject, do not begin with its subject and a character that is no letter or digit "
                        + "(ann-phone), and are not bound by its issuer either (client-id-claim, client-id-template, or ${clientid} in "
                        + "required-claims). 0 = only limits.max-sessions-per-principal counts. More is v5 0x97, v3 return code 3.")
        @Default(value = "50", dev = "0")
        @Between(min = "0", max = "100000000")
        int maxUnboundSessionsPerPrincipal,

        @Doc("Topic filters in one SUBSCRIBE. Those beyond it are refused one by one: v5 0x97, v3 0x80.")
        @Default("1024")
        @Between(min = "1", max = "65535")
        int maxFiltersPerSubscribe,

        @Doc("Topic aliases that a client may use; told to it as Topic Alias Maximum. The same number bounds the "
                + "aliases that the gateway uses towards it.")
        @Default("16")
        @Between(min = "0", max = "65535")
        int topicAliasMaximum,

        @Doc("User properties of one packet.") @Default("32") @Between(min = "0", max = "65535")
        int maxUserProperties,

        @Doc("Bytes of all user properties of one packet.") @Default("8KiB") @Between(min = "0B", max = "256MiB")
        DataSize maxUserPropertyBytes,

        @Doc("Payload of a will.") @Default("8KiB") @Between(min = "0B", max = "65535B")
        DataSize maxWillBytes,

        @Doc("Longest will delay; what a client asks beyond it is cut to it.")
        @Default("1h")
        @Between(min = "0", max = "3650d")
        Duration maxWillDelay,

        @Doc("Retained messages, all together.") @Default("100000") @Between(min = "0", max = "2147483647")
        int maxRetained,

        @Doc("Revocations of tokens and subjects at the same time. More is answered 507 at the internal listener.")
        @Default("100000")
        @Between(min = "1", max = "10000000")
        int maxRevocations,

        @Doc("Payload of one retained message.") @Default("64KiB") @Between(min = "0B", max = "256MiB")
        DataSize maxRetainedBytes,

        @Doc(
                "Retained messages that one SUBSCRIBE brings. 0 = all of them: they are sent in pages, as fast as the client takes "
                        + "them, so that none has to be left out.")
        @Default("0")
        @Between(min = "0", max = "2147483647")
        int maxRetainedPerSubscribe,

        @Doc("Members of one shared subscription.") @Default("256") @Between(min = "1", max = "1000000")
        int maxSharedGroupMembers,

        @Doc("Bytes waiting for a slow client above which QoS 0 messages for it are dropped.")
        @Default("256KiB")
        @Between(min = "1KiB", max = "1GiB")
        DataSize outboundDropBytes,

        @Doc("Bytes waiting for a slow client above which its connection is closed.")
        @Default("4MiB")
        @Between(min = "1KiB", max = "1GiB")
        DataSize outboundCloseBytes,

        @Doc("How long a client may take nothing of what waits for it before its connection is closed.")
        @Default("30s")
        @Between(min = "1s", max = "1h")
        Duration writeStall,

        @Doc("Connections at the same time, counted from CONNECT. 0 = as many as the machine bears. More is v5 0x97, "
                + "v3 return code 3.")
        @Default("0")
        @Between(min = "0", max = "100000000")
        int maxConnections,

        @Doc(
                "Connections at the same time from one address (an IPv6 client counts by its /64), from their accept on. 0 = no "
                        + "limit. Not set: three quarters of all that there is room for (file descriptors, memory), so that one "
                        + "address leaves a quarter to the others; with --dev no limit. More is v5 0x97, v3 return code 3; many more "
                        + "are closed at once. Clients behind a proxy that is not named as one (proxy-protocol, "
                        + "trusted-proxies) share its address.")
        @Nullable
        @Default(value = "", dev = "0")
        @Between(min = "0", max = "100000000")
        Integer maxConnectionsPerAddress,

        @Doc(
                "CONNECTs, all together; over TLS a handshake counts in place of the CONNECT behind it. Beyond it they wait their turn for up to half of limits.connect-timeout; what "
                        + "would wait longer is v5 0x9F, v3 return code 3; clients that a refusal ends for good (MQTT.js) are closed "
                        + "without one.")
        @Default(value = "200/s", dev = "off")
        Rate connectRate,

        @Doc("CONNECTs from one address. Beyond it they wait as those beyond limits.connect-rate do.")
        @Default(value = "20/s burst 50", dev = "off")
        Rate connectRatePerAddress,

        @Doc("Credentials refused from one address. Beyond it the address is turned away before they are looked at: "
                + "v5 0x9F, v3 return code 3.")
        @Default(value = "60/min", dev = "off")
        Rate failedLoginRate,

        @Doc(
                "Messages that one client publishes. Beyond it the gateway reads slower; nothing is lost. Each filter of a SUBSCRIBE "
                        + "or UNSUBSCRIBE counts as a message, a PINGREQ and an acknowledgement of nothing too, and so does what it "
                        + "takes to find whom a message is for, or retained messages, beyond the usual (256 steps each).")
        @Default(value = "500/s", dev = "off")
        Rate messageRate,

        @Doc("Bytes that one client sends. Beyond it the gateway reads slower; nothing is lost.")
        @Default(value = "1MiB/s", dev = "off")
        @OfBytes
        Rate byteRate,

        @Doc("How often one client identifier may be taken over from a live connection. Beyond it two clients are "
                + "fighting for it: the newcomer waits for up to limits.takeover-wait, and one that would wait longer "
                + "is v5 0x97, v3 return code 3; the connection that holds the identifier works on.")
        @Default(value = "15/min", dev = "off")
        Rate takeoverRate,

        @Doc("How long a takeover beyond limits.takeover-rate waits at most before it is refused.")
        @Default("2s")
        @Between(min = "0", max = "1m")
        Duration takeoverWait)
        implements Checked {
    @Override
    public void check(Complaints complaints) {
        if (maxPacketSizeBeforeAuth.compareTo(maxPacketSize) > 0) {
            complaints.about(
                    "max-packet-size-before-auth",
                    "is larger than limits.max-packet-size (" + maxPacketSize + "); expected at most that");
        }
        if (minKeepAlive.compareTo(maxKeepAlive) > 0) {
            complaints.about(
                    "min-keep-alive",
                    "is longer than limits.max-keep-alive (" + DurationText.of(maxKeepAlive)
                            + "); expected at most that");
        }
        if (outboundDropBytes.compareTo(outboundCloseBytes) > 0) {
            complaints.about(
                    "outbound-drop-bytes",
                    "is larger than limits.outbound-close-bytes (" + outboundCloseBytes + "); expected at most that");
        }
    }
}
