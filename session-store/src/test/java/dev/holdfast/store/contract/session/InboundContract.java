// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.Message;
import dev.holdfast.store.contract.Answers;
import dev.holdfast.store.contract.Samples;
import dev.holdfast.store.session.Attached;
import org.junit.jupiter.api.Test;

/** QoS 2 from the client: held at PUBLISH, taken at PUBREL, dropped before PUBCOMP. */
interface InboundContract extends SessionStoreContractPart {

    @Test
    default void aPacketIdHoldsItsFirstMessage() {
        Attached attached = StoreClient.named("c").attach(store());
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
        Attached attached = StoreClient.named("c").attach(store());
        Answers.of(store().holdInbound(attached.ref(), 1, Samples.message("m")));

        assertThat(Answers.of(store().takeInbound(attached.ref(), 1))).isNotNull();
        assertThat(Answers.of(store().takeInbound(attached.ref(), 1))).isNotNull();
        Answers.of(store().dropInbound(attached.ref(), 1));

        assertThat(Answers.of(store().takeInbound(attached.ref(), 1))).isNull();
        assertThat(Answers.of(store().holdInbound(attached.ref(), 1, Samples.message("next"))))
                .isTrue();
    }

    @Test
    default void anotherMessageUnderAPacketIdTakesThePlaceOfTheHeldOne() {
        Attached attached = StoreClient.named("c").attach(store());
        for (Message other : new Message[] {
            Samples.message("new"),
            Samples.message("old "),
            Samples.onTopic("a/c", "old"),
            Samples.onTopic("a", "/bold")
        }) {
            Answers.of(store().holdInbound(attached.ref(), 7, Samples.message("old")));

            assertThat(Answers.of(store().dropOtherInbound(attached.ref(), 7, other)))
                    .isFalse();
            assertThat(Answers.of(store().takeInbound(attached.ref(), 7))).isNull();
            assertThat(Answers.of(store().holdInbound(attached.ref(), 7, other)))
                    .isTrue();

            Message taken = Answers.present(Answers.of(store().takeInbound(attached.ref(), 7)));
            assertThat(taken.id()).isEqualTo(other.id());
            Answers.of(store().dropInbound(attached.ref(), 7));
        }
    }

    @Test
    default void theSameTopicAndPayloadUnderAPacketIdLeaveTheHeldMessageThoughItsPropertiesDiffer() {
        Attached attached = StoreClient.named("c").attach(store());
        Message withProperty = Samples.withContentType("a/b", "text/plain", "m");
        Message first = Samples.message("m");
        for (Message held : new Message[] {first, withProperty}) {
            Answers.of(store().holdInbound(attached.ref(), 7, held));

            assertThat(Answers.of(store().dropOtherInbound(attached.ref(), 7, Samples.message("m"))))
                    .isTrue();
            assertThat(Answers.of(store().dropOtherInbound(attached.ref(), 7, withProperty)))
                    .isTrue();
            assertThat(Answers.of(store().holdInbound(attached.ref(), 7, Samples.message("m"))))
                    .isFalse();

            Message taken = Answers.present(Answers.of(store().takeInbound(attached.ref(), 7)));
            assertThat(taken.id()).isEqualTo(held.id());
            Answers.of(store().dropInbound(attached.ref(), 7));
        }
    }

    @Test
    default void aMessageThatNothingIsHeldForIsNoRepeat() {
        Attached attached = StoreClient.named("c").attach(store());
        Answers.of(store().holdInbound(attached.ref(), 2, Samples.message("m")));

        assertThat(Answers.of(store().dropOtherInbound(attached.ref(), 1, Samples.message("m"))))
                .isFalse();

        assertThat(Answers.of(store().takeInbound(attached.ref(), 2))).isNotNull();
    }

    @Test
    default void nothingIsTakenWhereNothingWasHeld() {
        Attached attached = StoreClient.named("c").attach(store());

        assertThat(Answers.of(store().takeInbound(attached.ref(), 1))).isNull();
        Answers.of(store().dropInbound(attached.ref(), 1));
    }

    @Test
    default void whoeverResumesLearnsThePacketIdsAndFindsTheMessages() {
        StoreClient client = StoreClient.named("c");
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
