// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.redis.cluster;

import dev.holdfast.store.redis.connection.RedisConnection;
import dev.holdfast.store.redis.script.RedisKeys;
import java.util.ArrayList;
import java.util.List;

/**
 * The places of a gateway's inbox: one place, and on a cluster two more, each a third of the slots further, so that at least one
 * is served while a master is away. A reader reads all places; a writer uses the first place that is served.
 */
final class InboxPlaces {
    private static final int PLACES = 3;
    /** How many slots a place may be off its third. */
    private static final int NEAR_SLOTS = 64;

    /**
     * One place.
     *
     * @param stream the key of the stream
     */
    record Place(int slot, String stream) {}

    private InboxPlaces() {}

    /** The places of a gateway, in order of preference. All gateways find the same ones. */
    static List<Place> of(RedisConnection connection, String gateway) {
        String tag = RedisKeys.tag(gateway);
        RedisKeys names = connection.keys();
        int first = RedisKeys.slot(tag);
        List<Place> places = new ArrayList<>(PLACES);
        places.add(new Place(first, names.inbox(tag)));
        for (int i = 1; i < PLACES && connection.isCluster(); i++) {
            String near = tagNear((first + i * RedisKeys.SLOTS / PLACES) % RedisKeys.SLOTS, tag);
            places.add(new Place(RedisKeys.slot(near), names.inbox(near)));
        }
        return places;
    }

    private static String tagNear(int slot, String tag) {
        for (int salt = 0; ; salt++) {
            String salted = tag + '.' + salt;
            if (Math.abs(RedisKeys.slot(salted) - slot) <= NEAR_SLOTS) {
                return salted;
            }
        }
    }
}
