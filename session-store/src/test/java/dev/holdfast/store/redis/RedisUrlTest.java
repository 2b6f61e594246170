// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses of Redis as people write them. */
final class RedisUrlTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            redis://h                         | false | -    | -          | h            | 6379 | 0
            redis://h:1/                      | false | -    | -          | h            | 1    | 0
            redis://redis_master:6380/3       | false | -    | -          | redis_master | 6380 | 3
            REDISS://Redis.Example:6380       | true  | -    | -          | Redis.Example| 6380 | 0
            redis://[::1]:6380/2              | false | -    | -          | ::1          | 6380 | 2
            redis://secret@h                  | false | -    | secret     | h            | 6379 | 0
            redis://:secret@h                 | false | -    | secret     | h            | 6379 | 0
            redis://me:secret@h               | false | me   | secret     | h            | 6379 | 0
            redis://me:p@ss@h:1               | false | me   | p@ss       | h            | 1    | 0
            redis://me:p%40ss@h:1             | false | me   | p@ss       | h            | 1    | 0
            redis://me:p:/?#[]@h:1            | false | me   | p:/?#[]    | h            | 1    | 0
            redis://me:100%@h                 | false | me   | 100%       | h            | 6379 | 0
            redis://me:100%zz+1@h             | false | me   | 100%zz+1   | h            | 6379 | 0
            redis://m%65:%C3%A4@h             | false | me   | ä          | h            | 6379 | 0
            """)
    void areReadAsTheyAreMeant(
            String text, boolean tls, String user, String password, String host, int port, int database) {
        assertThat(RedisUrl.of(text)).isEqualTo(new RedisUrl(tls, user, password, host, port, database));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "h:6379",
                "http://h",
                "redis://",
                "redis://me:secret@",
                "redis://me:secret@h:0",
                "redis://me:secret@h:65536",
                "redis://me:secret@h/zero",
                "redis://me:secret@h/-1",
                "redis://me:secret@h/0?timeout=1",
                "redis://me:secret@h h",
                "redis://me:secret@h\n",
                "redis://me:secret@::1"
            })
    void whatIsNoneIsRefusedAndItsPasswordNotRepeated(String text) {
        assertThatThrownBy(() -> RedisUrl.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("secret");
    }

    @Test
    void noPasswordIsShown() {
        RedisUrl url = RedisUrl.of("rediss://me:secret@[::1]:7/1");
        assertThat(url).hasToString("rediss://[::1]:7 as me");
        assertThat(url.address()).isEqualTo("rediss://[::1]:7");
        assertThat(new RedisAccess.Login("me", "secret")).hasToString("user 'me'");
    }
}
