// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Attached;
import dev.holdfast.store.Message;
import org.junit.jupiter.api.Test;

/** QoS 2 from the client: held at PUBLISH, taken at PUBREL, dropped before PUBCOMP. */
interface InboundContract extends SessionStoreContractPart {

    @Test
    default void aPacketIdHoldsItsFirstMessage() {
        Attached attached = Client.named("c").attach(store());
        Message first = Samples.message("first");

        assertThat(Answers.of(store().holdInbound(attached.ref(), 65_535, first)))
                .isTrue();
        assertThat(Answers.of(store().holdInbound(attached.ref(), 65_535, Samples.message("again"))))
                .isFalse();

        Message taken = Answers.of(store().takeInbound(attached.ref(), 65_535));
        assertThat(taken).isNotNull();
        assertThat(Samples.text(taken)).isEqualTo("first");
        assertThat(taken.id()).isEqualTo(first.id());
    }

    @Test
    default void aTakenMessageStaysUntilItIsDropped() {
        Attached attached = Client.named("c").attach(store());
        Answers.of(store().holdInbound(attached.ref(), 1, Samples.message("m")));

        assertThat(Answers.of(store().takeInbound(attached.ref(), 1))).isNotNull();
        assertThat(Answers.of(store().takeInbound(attached.ref(), 1))).isNotNull();
        Answers.of(store().dropInbound(attached.ref(), 1));

        assertThat(Answers.of(store().takeInbound(attached.ref(), 1))).isNull();
        assertThat(Answers.of(store().holdInbound(attached.ref(), 1, Samples.message("next"))))
                .isTrue();
    }

    @Test
    default void nothingIsTakenWhereNothingWasHeld() {
        Attached attached = Client.named("c").attach(store());

        assertThat(Answers.of(store().takeInbound(attached.ref(), 1))).isNull();
        Answers.of(store().dropInbound(attached.ref(), 1));
    }

    @Test
    default void whoeverResumesLearnsThePacketIdsAndFindsTheMessages() {
        Client client = Client.named("c");
        Attached attached = client.attach(store());
        for (int packetId = 1; packetId <= 9; packetId++) {
            Answers.of(store().holdInbound(attached.ref(), packetId, Samples.message("m" + packetId)));
        }
        Answers.of(store().dropInbound(attached.ref(), 4));
        client.detach(store(), attached, 0);

        Attached next = client.on("g2").attach(otherProcess());

        assertThat(next.inboundPacketIds()).containsExactlyInAnyOrder(1, 2, 3, 5, 6, 7, 8, 9);
        Message taken = Answers.of(otherProcess().takeInbound(next.ref(), 9));
        assertThat(taken).isNotNull();
        assertThat(Samples.text(taken)).isEqualTo("m9");
    }
}
