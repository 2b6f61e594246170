// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis;

import dev.holdfast.store.redis.RedisSettings.Mode;
import dev.holdfast.store.redis.RedisSettings.Server;
import dev.holdfast.store.redis.check.AclRights;
import java.util.ArrayList;
import java.util.List;

/**
 * The user of every server of the tests, with the smallest ACL that is enough in all modes: if a store uses a command that it has
 * no right to, its tests fail.
 */
public final class RedisUser {
    public static final String NAME = "gateway";
    public static final String PASSWORD = "p@ss:word/1";
    public static final RedisAccess ACCESS = RedisAccess.of(new RedisAccess.Login(NAME, PASSWORD));

    /** The user as an argument of the command line of a server. */
    static final List<String> SETTING = setting();

    private RedisUser() {}

    private static List<String> setting() {
        RedisSettings most = RedisSettings.of(new Server(Mode.CLUSTER, List.of("redis://h:1"), "m", 1, ACCESS))
                .withDurability(RedisSettings.Durability.replicated(1));
        List<String> words = new ArrayList<>(List.of("--user", NAME, "on", ">" + PASSWORD));
        words.addAll(List.of(new AclRights(most).smallest().split(" ")));
        return words;
    }
}
