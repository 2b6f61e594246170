// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.auth.Credentials;
import dev.holdfast.gateway.harness.mqtt.Connect;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.RawClient;
import dev.holdfast.gateway.harness.mqtt.Version;
import dev.holdfast.gateway.limits.ConnectRates;
import dev.holdfast.gateway.observe.Dropped;
import dev.holdfast.gateway.session.connection.ClientFacts;
import dev.holdfast.gateway.session.connection.ConnectedBy;
import dev.holdfast.gateway.session.connection.Outlet;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.unit.UnitGateway;
import dev.holdfast.store.Message;
import dev.holdfast.store.Subscription;
import dev.holdfast.store.session.Attached;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client that speaks no MQTT is admitted, gets what it subscribes to, is taken over and leaves, as any other. */
@Tag("unit")
final class OtherProtocolTest {
    private final UnitGateway gateway = UnitGateway.with();

    @Test
    void receivesWhatAClientOfMqttPublishes() {
        Told told = new Told();
        told.connects("screen");
        told.client.services().routes().subscribe(told.client.session().slot(), Subscription.of("news/#", 0));
        RawClient publisher = gateway.connect("publisher");

        publisher.send(Publish.publish("news/today", "hello"));
        gateway.settle();

        assertThat(told.heard).containsExactly("accepted", "news/today");
    }

    @Test
    void endsWhenAClientOfMqttTakesItsIdentifier() {
        Told told = new Told();
        told.connects("screen");

        gateway.connect(Version.V5, Connect.connect("screen"));
        gateway.settle();

        assertThat(told.heard).containsExactly("accepted", "end SESSION_TAKEN_OVER");
        assertThat(told.client.phase()).isEqualTo(Phase.CLOSING);
    }

    @Test
    void takesAnIdentifierFromAClientOfMqtt() {
        RawClient before = gateway.connect("screen");
        Told told = new Told();
        told.connects("screen");

        before.expectDisconnected(Outcome.SESSION_TAKEN_OVER.v5Code());
        assertThat(told.heard).containsExactly("accepted");
    }

    /** A connection of the smallest protocol there is: it is told words. */
    private final class Told implements ClientConnection, Newcomer, Outlet {
        private final List<String> heard = new ArrayList<>();
        private final Client client = gateway.clients().open(this);

        void connects(String clientId) {
            Agreement agreed = new Agreement(0, Duration.ZERO, false, null);
            client.identify(clientId);
            client.connect(
                    new ClientRequest(clientId, null, true, Duration.ZERO, 10, agreed),
                    new Credentials(clientId, null, null, null, null, host(), null),
                    this);
            gateway.settle();
        }

        @Override
        public SessionThread thread() {
            return gateway.thread(0);
        }

        @Override
        public String host() {
            return "192.0.2.1";
        }

        @Override
        public String address() {
            return "192.0.2.1:1";
        }

        @Override
        public ConnectedBy connectedBy() {
            return new ConnectedBy(address(), "words", "1");
        }

        @Override
        public boolean isWithinAddressLimit() {
            return true;
        }

        @Override
        public ConnectRates.Counted countedByRates() {
            return ConnectRates.Counted.NOT;
        }

        @Override
        public void awaitVerdict() {}

        @Override
        public void verdictReached() {}

        @Override
        public void renewalOver() {}

        @Override
        public void end(Outcome outcome, @Nullable String words) {
            heard.add("end " + outcome);
            client.leave(outcome);
        }

        @Override
        public @Nullable WillAsked will() {
            return null;
        }

        @Override
        public boolean prepares(ClientRequest granted, @Nullable String words) {
            return true;
        }

        @Override
        public Outlet outlet() {
            return this;
        }

        @Override
        public void accepted(Attached attached) {
            heard.add("accepted");
        }

        @Override
        public boolean hasRoom() {
            return true;
        }

        @Override
        public boolean hasRoomFor(Message message) {
            return true;
        }

        @Override
        public boolean publish(
                Message message, int packetId, int qos, boolean retain, boolean dup, int[] subscriptionIdentifiers) {
            return heard.add(message.topic());
        }

        @Override
        public void dropped(@Nullable Message message, Dropped cause) {}

        @Override
        public void retrace() {}

        @Override
        public void pubrel(int packetId) {}

        @Override
        public void takenOver() {
            client.end(Outcome.SESSION_TAKEN_OVER);
        }

        @Override
        public void kicked() {}

        @Override
        public void disconnected() {}

        @Override
        public void keepFor(Duration expiry) {}

        @Override
        public ClientFacts facts() {
            return new ClientFacts(connectedBy(), 0, Duration.ZERO, null);
        }

        @Override
        public void shutDown() {}

        @Override
        public void moved() {}

        @Override
        public void sessionLost() {}

        @Override
        public void storeFailed() {}
    }
}
