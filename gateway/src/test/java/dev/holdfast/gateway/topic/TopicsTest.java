// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.topic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("unit")
final class TopicsTest {

    private static final int MANY = Topics.MAX_BYTES + 1;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sport/tennis/player1 | VALID",
                "/ | VALID",
                "/finance | VALID",
                "'Accounts payable' | VALID",
                "$SYS/broker | VALID",
                "a//b | VALID",
                "'' | EMPTY",
                "a/+ | WILDCARD_IN_NAME",
                "a/# | WILDCARD_IN_NAME",
                "a+b | WILDCARD_IN_NAME"
            })
    void namesAreJudgedByTheSpecification(String name, Topics.Validity expected) {
        assertThat(Topics.name(name, MANY, MANY)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "# | VALID",
                "+ | VALID",
                "/ | VALID",
                "/# | VALID",
                "sport/tennis/# | VALID",
                "+/tennis/# | VALID",
                "sport/+/player1 | VALID",
                "+/+ | VALID",
                "/+ | VALID",
                "$SYS/# | VALID",
                "$shared/g | VALID",
                "$share/g/t | VALID",
                "$share/g// | VALID",
                "$share/g/# | VALID",
                "$share/g/+/t | VALID",
                "'' | EMPTY",
                "sport/tennis# | BAD_WILDCARD",
                "sport/tennis/#/ranking | BAD_WILDCARD",
                "## | BAD_WILDCARD",
                "#/ | BAD_WILDCARD",
                "sport+ | BAD_WILDCARD",
                "+sport | BAD_WILDCARD",
                "++ | BAD_WILDCARD",
                "+# | BAD_WILDCARD",
                "$share/g/t# | BAD_WILDCARD",
                "$share/g/#/t | BAD_WILDCARD",
                "$share | BAD_SHARE",
                "$share/ | BAD_SHARE",
                "$share/g | BAD_SHARE",
                "$share/g/ | BAD_SHARE",
                "$share//t | BAD_SHARE",
                "$share/g+/t | BAD_SHARE",
                "$share/#/t | BAD_SHARE",
                "$share/# | BAD_SHARE"
            })
    void filtersAreJudgedByTheSpecification(String filter, Topics.Validity expected) {
        assertThat(Topics.filter(filter, MANY, MANY)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sport/tennis/player1/# | sport/tennis/player1 | true",
                "sport/tennis/player1/# | sport/tennis/player1/ranking | true",
                "sport/tennis/player1/# | sport/tennis/player1/score/wimbledon | true",
                "sport/tennis/player1/# | sport/tennis/player2 | false",
                "sport/# | sport | true",
                "sport/# | sports | false",
                "# | a/b/c | true",
                "# | / | true",
                "sport/tennis/+ | sport/tennis/player1 | true",
                "sport/tennis/+ | sport/tennis/player1/ranking | false",
                "sport/+ | sport | false",
                "sport/+ | sport/ | true",
                "+ | finance | true",
                "+/+ | /finance | true",
                "/+ | /finance | true",
                "+ | /finance | false",
                "+/tennis/# | sport/tennis | true",
                "/# | / | true",
                "/# | a | false",
                "a | A | false",
                "a | /a | false",
                "a/ | a | false",
                "a//b | a//b | true",
                "a/+/b | a//b | true",
                "# | $SYS/monitor | false",
                "+/monitor/Clients | $SYS/monitor/Clients | false",
                "$SYS/# | $SYS/monitor | true",
                "$SYS/monitor/+ | $SYS/monitor/Clients | true",
                "a/# | a/$b | true",
                "a/+ | a/$b | true"
            })
    void matchesAsTheSpecificationShows(String filter, String topic, boolean expected) {
        assertThat(Topics.matches(filter, topic)).isEqualTo(expected);
    }

    @Test
    void lengthIsCountedInBytesOfUtf8() {
        assertThat(Topics.name("aé€😀", 10, 1)).isEqualTo(Topics.Validity.VALID);
        assertThat(Topics.name("aé€😀", 9, 1)).isEqualTo(Topics.Validity.TOO_LONG);
        assertThat(Topics.filter("abc", 2, 1)).isEqualTo(Topics.Validity.TOO_LONG);
        assertThat(Topics.filter("$share/g/t", 9, 1)).isEqualTo(Topics.Validity.TOO_LONG);
    }

    @Test
    void noLimitAllowsMoreThanTheWireCanCarry() {
        String longest = "a".repeat(Topics.MAX_BYTES);

        assertThat(Topics.name(longest, Integer.MAX_VALUE, 1)).isEqualTo(Topics.Validity.VALID);
        assertThat(Topics.name(longest + "a", Integer.MAX_VALUE, 1)).isEqualTo(Topics.Validity.TOO_LONG);
        assertThat(Topics.filter("é".repeat(32_768), Integer.MAX_VALUE, 1)).isEqualTo(Topics.Validity.TOO_LONG);
    }

    @Test
    void levelsAreLimitedAndTheShareDoesNotCount() {
        assertThat(Topics.name("a/b/c", MANY, 3)).isEqualTo(Topics.Validity.VALID);
        assertThat(Topics.name("a/b/c", MANY, 2)).isEqualTo(Topics.Validity.TOO_DEEP);
        assertThat(Topics.filter("a/+/#", MANY, 2)).isEqualTo(Topics.Validity.TOO_DEEP);
        assertThat(Topics.filter("$share/g/a/b/c", MANY, 3)).isEqualTo(Topics.Validity.VALID);
        assertThat(Topics.filter("$share/g/a/b/c", MANY, 2)).isEqualTo(Topics.Validity.TOO_DEEP);
    }

    @Test
    void nulAndHalfSurrogatePairsAreNoText() {
        for (String bad : new String[] {"a\0b", "\0", "\ud83d", "a/\ude00", "\ud83dx", "\ude00\ud83d"}) {
            assertThat(Topics.name(bad, MANY, MANY)).isEqualTo(Topics.Validity.NUL);
            assertThat(Topics.filter(bad, MANY, MANY)).isEqualTo(Topics.Validity.NUL);
            assertThat(Topics.filter("$share/g" + bad + "/t", MANY, MANY)).isNotEqualTo(Topics.Validity.VALID);
        }
    }

    @Test
    void sharedFiltersAreTakenApart() {
        assertThat(SharedFilter.parse("$share/g/a/+/#")).isEqualTo(new SharedFilter("g", "a/+/#"));
        assertThat(SharedFilter.parse("$share/g//")).isEqualTo(new SharedFilter("g", "/"));
        assertThat(SharedFilter.parse("a/b")).isNull();
        assertThat(SharedFilter.parse("$shared/g/t")).isNull();
        assertThat(SharedFilter.parse("$share//t")).isNull();
        assertThat(SharedFilter.parse("$share/g")).isNull();
        assertThat(SharedFilter.parse("$share/g/")).isNull();
    }

    @Test
    void theDeepestNamesTheWireCanCarryAreHandled() {
        String slashes = "/".repeat(Topics.MAX_BYTES);
        String pluses = "+/".repeat(32_767) + "#";

        assertThat(Topics.name(slashes, MANY, Topics.MAX_BYTES + 1)).isEqualTo(Topics.Validity.VALID);
        assertThat(Topics.name(slashes, MANY, Topics.MAX_BYTES)).isEqualTo(Topics.Validity.TOO_DEEP);
        assertThat(Topics.filter(pluses, MANY, MANY)).isEqualTo(Topics.Validity.VALID);
        assertThat(Topics.matches(pluses, slashes)).isTrue();
    }
}
