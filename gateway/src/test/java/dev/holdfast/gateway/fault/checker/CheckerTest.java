// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.fault.checker.Event.Acked;
import dev.holdfast.gateway.fault.checker.Event.Armed;
import dev.holdfast.gateway.fault.checker.Event.Closed;
import dev.holdfast.gateway.fault.checker.Event.Connecting;
import dev.holdfast.gateway.fault.checker.Event.Delivered;
import dev.holdfast.gateway.fault.checker.Event.End;
import dev.holdfast.gateway.fault.checker.Event.Ended;
import dev.holdfast.gateway.fault.checker.Event.FaultBegins;
import dev.holdfast.gateway.fault.checker.Event.FaultEnds;
import dev.holdfast.gateway.fault.checker.Event.Found;
import dev.holdfast.gateway.fault.checker.Event.GivenUp;
import dev.holdfast.gateway.fault.checker.Event.Opened;
import dev.holdfast.gateway.fault.checker.Event.Published;
import dev.holdfast.gateway.fault.checker.Event.Reading;
import dev.holdfast.gateway.fault.checker.Event.Ready;
import dev.holdfast.gateway.fault.checker.Event.Remaining;
import dev.holdfast.gateway.fault.checker.Event.Shown;
import dev.holdfast.gateway.fault.checker.Event.Silenced;
import dev.holdfast.gateway.fault.checker.Event.Speaking;
import dev.holdfast.gateway.fault.checker.Event.StoreAway;
import dev.holdfast.gateway.fault.checker.Event.StoreBack;
import dev.holdfast.gateway.fault.checker.Event.StoreLost;
import dev.holdfast.gateway.fault.checker.Event.StoreWentBack;
import dev.holdfast.gateway.fault.checker.Event.Subscribed;
import dev.holdfast.gateway.fault.checker.Event.TheEnd;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The checker sees each violation that is planted, and nothing where all is well. */
final class CheckerTest {
    private final List<Event> history = new ArrayList<>();

    @Test
    void nothingIsWrongWithAnHonestHistory() {
        opened("s", 1, false);
        subscribed("s");
        opened("p", 1, false);
        published(1);
        delivered(1, 1, false);
        acked(1);
        published(2);
        acked(2);
        closed("s", 1);
        opened("s", 2, true);
        delivered(1, 1, true);
        delivered(2, 2, false);
        published(3);
        end();

        assertThat(violations()).isEmpty();
    }

    @Test
    void ofWhatWasSentBeforeTheStoreWentBackNothingIsOwedAndOfTheRestAll() {
        subscribed("s");
        published(1);
        acked(1);
        history.add(new StoreWentBack(history.size()));
        published(2);
        acked(2);
        end();

        assertThat(violations()).containsExactly("I1 lost from p to s: 1 {2}");
    }

    @Test
    void whatWasAcknowledgedAndReachesNoMemberOfASharedSubscriptionIsFound() {
        history.add(new Subscribed(history.size(), "m", "$share/rig/rig/#"));
        history.add(new Subscribed(history.size(), "n", "$share/rig/rig/#"));
        published(1);
        acked(1);
        published(2);
        acked(2);
        published(3);
        acked(3);
        deliveredTo("m", 1);
        history.add(new GivenUp(history.size(), "m"));
        deliveredTo("n", 3);
        end();

        assertThat(violations()).containsExactly("I15 reached no member from p: 1 from 2");
    }

    @Test
    void aLostMessageIsFound() {
        subscribed("s");
        published(1);
        acked(1);
        published(2);
        acked(2);
        delivered(2, 2, false);

        assertThat(violations()).containsExactly("I1 lost from p to s: 1 {1}");
    }

    @Test
    void whatWasSentBeforeTheSubscriptionOrAfterTheSessionWasGivenUpIsNotOwed() {
        published(1);
        acked(1);
        subscribed("s");
        history.add(new GivenUp(0, "s"));
        published(2);
        acked(2);

        assertThat(violations()).isEmpty();
    }

    @Test
    void whatIsStillOwedWhenASessionIsGivenUpIsFound() {
        subscribed("s");
        published(1);
        acked(1);
        history.add(new GivenUp(0, "s"));

        assertThat(violations()).singleElement().asString().startsWith("I1 lost");
    }

    @Test
    void aDuplicateAtQos2IsFoundUnlessTheClientKnowsItForOne() {
        published(1);
        opened("s", 1, false);
        history.add(new Delivered(0, "s", 1, "p", 1, "rig/p", 2, false, 1, false, 7));
        history.add(new Delivered(0, "s", 1, "p", 1, "rig/p", 2, true, 1, true, 7));
        assertThat(violations()).isEmpty();

        history.add(new Delivered(0, "s", 1, "p", 1, "rig/p", 2, false, 2, false, 7));
        assertThat(violations()).singleElement().asString().startsWith("I2 twice");
    }

    @Test
    void aFirstDeliveryOutOfOrderIsFound() {
        published(1);
        published(2);
        delivered(2, 1, false);
        delivered(1, 2, false);

        assertThat(violations()).singleElement().asString().startsWith("I3 out of order, after 2");
    }

    @Test
    void theOlderAfterTheNewerOnOneConnectionIsFound() {
        history.add(new Shown(0, "d", 1, "keep/1", 5));
        history.add(new Shown(0, "d", 1, "keep/2", 2));
        history.add(new Shown(0, "d", 1, "keep/1", 5));
        history.add(new Shown(0, "d", 2, "keep/1", 4));
        assertThat(violations()).isEmpty();

        history.add(new Shown(0, "d", 1, "keep/1", 1));
        assertThat(violations()).singleElement().asString().startsWith("I14 the past after 5");
    }

    @Test
    void whatNobodyHasPublishedIsFound() {
        published(1);
        delivered(2, 1, false);

        assertThat(violations()).singleElement().asString().startsWith("I4 never published");
    }

    @Test
    void aPayloadThatHasChangedIsFound() {
        published(1);
        history.add(new Delivered(0, "s", 1, "p", 1, "rig/p", 1, false, 1, false, 8));

        assertThat(violations()).singleElement().asString().startsWith("I4 published as rig/p 7");
    }

    @Test
    void dupOnWhatCannotHaveBeenSentBeforeIsFound() {
        opened("s", 1, false);
        published(1);
        delivered(1, 1, true);

        assertThat(violations()).singleElement().asString().startsWith("I5 DUP");
    }

    @Test
    void aRepetitionWithoutDupIsFound() {
        opened("s", 1, false);
        published(1);
        delivered(1, 1, false);
        opened("s", 2, true);
        delivered(1, 1, false);

        assertThat(violations()).singleElement().asString().startsWith("I5 sent again without DUP");
    }

    @Test
    void anUntrueSessionPresentIsFoundBothWays() {
        opened("s", 1, true);
        opened("t", 1, false);
        opened("t", 2, false);

        assertThat(violations()).hasSize(2).allMatch(one -> one.startsWith("I6"));
    }

    @Test
    void aClientWhoseFirstConnectWasNotAnsweredMayFindASession() {
        history.add(new Connecting(0, "s", 1));
        opened("s", 2, true);

        assertThat(violations()).isEmpty();
    }

    @Test
    void presentAfterTheStoreHasLostEverythingIsFound() {
        opened("s", 1, false);
        history.add(new StoreLost(0));
        opened("s", 2, true);

        assertThat(violations()).singleElement().asString().startsWith("I6 a session was present that nobody had made");
    }

    @Test
    void twoConnectionsOfOneClientForLongerThanTwoSecondsAreFoundInQuietTimes() {
        history.add(new Opened(20_000, "s", 1, "a", false));
        history.add(new Opened(21_000, "s", 2, "b", true));
        history.add(new Closed(24_000, "s", 1));
        assertThat(violations()).singleElement().asString().startsWith("I7 for 3000 ms");

        history.add(0, new FaultBegins(0, "kill"));
        history.add(1, new FaultEnds(19_000, "kill"));
        assertThat(violations()).isEmpty();
    }

    @Test
    void aConnectionThatIsNeverClosedForALaterOneIsFound() {
        history.add(new Opened(20_000, "s", 1, "a", false));
        history.add(new Opened(21_000, "s", 2, "b", true));
        history.add(new TheEnd(50_000));

        assertThat(violations()).singleElement().asString().startsWith("I7");
    }

    @Test
    void aWillThatNeverCameIsFound() {
        history.add(new Armed(0, "w", "will/w", 7));
        history.add(new Ended(0, "w", End.ABNORMAL));

        assertThat(violations()).containsExactly("I8 the will of w never came");
    }

    @Test
    void aWillThatCameTwiceIsFound() {
        history.add(new Armed(0, "w", "will/w", 7));
        history.add(new Ended(0, "w", End.ABNORMAL));
        will(1);
        will(2);

        assertThat(violations())
                .filteredOn(one -> one.startsWith("I8"))
                .singleElement()
                .asString()
                .contains("twice");
    }

    @Test
    void aWillAfterDisconnectIsFound() {
        history.add(new Armed(0, "w", "will/w", 7));
        history.add(new Ended(0, "w", End.CLEAN));
        will(1);

        assertThat(violations()).singleElement().asString().startsWith("I8 a will came after DISCONNECT");
    }

    @Test
    void aRetainedMessageThatIsNotTheLastOneIsFound() {
        retained(1);
        retained(2);
        history.add(new Reading(0, "r", "keep/1"));
        retained(3);
        history.add(new Found(0, "r", "keep/1", "k", 2));
        history.add(new Found(0, "r", "keep/1", "k", 3));
        assertThat(violations()).isEmpty();

        history.add(new Found(0, "r", "keep/1", "k", 1));
        history.add(new Found(0, "r", "keep/1", "", 0));
        assertThat(violations()).hasSize(2).allMatch(one -> one.startsWith("I9 not one of 2 to 3"));
    }

    @Test
    void aKeyThatRemainsIsFound() {
        history.add(new Remaining(0, "hf:{s}q"));

        assertThat(violations()).singleElement().asString().startsWith("I10");
    }

    @Test
    void anAcknowledgementWithoutTheStoreIsFound() {
        published(1);
        history.add(new StoreAway(0, "a"));
        acked(1);
        assertThat(violations()).isEmpty();

        published(2);
        acked(2);
        history.add(new StoreBack(0, "a"));
        published(3);
        acked(3);
        assertThat(violations()).singleElement().asString().startsWith("I11").contains("number=2");
    }

    @Test
    void aGatewayThatIsReadyWithoutTheStoreIsFound() {
        history.add(new StoreAway(1_000, "a"));
        history.add(new Ready(2_900, "a", true));
        history.add(new Ready(2_900, "b", true));
        assertThat(violations()).isEmpty();

        history.add(new Ready(3_100, "a", true));
        assertThat(violations()).singleElement().asString().startsWith("I12 ready though");
    }

    @Test
    void aGatewayThatIsNotReadyWithTheStoreIsFound() {
        history.add(new StoreAway(1_000, "a"));
        history.add(new StoreBack(4_000, "a"));
        history.add(new Ready(8_900, "a", false));
        history.add(new Silenced(9_000, "a"));
        history.add(new Ready(9_500, "a", false));
        history.add(new Speaking(10_000, "a"));
        history.add(new Ready(14_000, "a", false));
        history.add(new Ready(15_100, "a", false));
        history.add(new Ready(18_000, "a", false));
        assertThat(violations()).isEmpty();

        history.add(new Ready(18_200, "a", false));
        assertThat(violations()).singleElement().asString().startsWith("I12 not ready");
    }

    @Test
    void aWillAfterTheWordOfItsSuccessorIsFoundInQuietTimes() {
        word(20_000, "x-here", 2);
        word(20_001, "x-gone", 2);
        assertThat(violations()).isEmpty();

        word(20_002, "x-gone", 1);
        assertThat(violations()).singleElement().asString().startsWith("I13 a will came after the word of life 2");

        history.add(0, new FaultEnds(19_000, "KILL"));
        assertThat(violations()).isEmpty();
    }

    @Test
    void aHistoryIsReadAsItWasWritten() {
        opened("s", 1, true);
        published(1);
        delivered(1, 1, false);
        history.add(new Ended(3, "w", End.UNKNOWN));
        end();

        assertThat(history.stream().map(EventLine::write).map(EventLine::read)).isEqualTo(history);
    }

    private void opened(String client, int line, boolean present) {
        history.add(new Connecting(0, client, line));
        history.add(new Opened(0, client, line, "a", present));
    }

    private void closed(String client, int line) {
        history.add(new Closed(0, client, line));
    }

    private void subscribed(String client) {
        history.add(new Subscribed(0, client, "rig/#"));
    }

    private void published(int number) {
        history.add(new Published(0, "p", number, "rig/p", 1, false, 7, "a", 1));
    }

    private void acked(int number) {
        history.add(new Acked(0, "p", number, "a", 1));
    }

    private void delivered(int number, int packetId, boolean dup) {
        history.add(new Delivered(0, "s", 1, "p", number, "rig/p", 1, dup, packetId, false, 7));
    }

    private void deliveredTo(String subscriber, int number) {
        history.add(new Delivered(0, subscriber, 1, "p", number, "rig/p", 1, false, number, false, 7));
    }

    private void will(int packetId) {
        history.add(new Delivered(0, "s", 1, "w", 1, "will/w", 2, false, packetId, false, 7));
    }

    private void word(long at, String publisher, int life) {
        history.add(new Published(at, publisher, life, "will/" + publisher + life, 2, false, 7, "", 1));
        history.add(new Delivered(at, "s", 1, publisher, life, "will/" + publisher + life, 2, false, life, false, 7));
    }

    private void retained(int number) {
        history.add(new Published(0, "k", number, "keep/1", 1, true, 7, "a", 1));
        history.add(new Acked(0, "k", number, "a", 1));
    }

    private void end() {
        history.add(new TheEnd(0));
    }

    private List<String> violations() {
        return Checker.check(history.stream());
    }
}
