// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import static org.awaitility.Awaitility.await;

import dev.holdfast.gateway.fault.checker.Event;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Counts the keys after everything has expired. What a gateway leaves behind is no session's: the names of the dead,
 * the term, the inbox of one that was killed, and the news of retained messages go by their TTL; the answers of erasing
 * calls within two minutes; logs when the sessions would have expired that have read them.
 */
final class Census {
    /** As RedisKeys names them: of the dead, processes, terms and skews, inboxes and their counts, the feed, answers. */
    private static final Pattern GOES_BY_ITSELF =
            Pattern.compile("hf:([bhptsy]\\{g}|[lau]\\{.*}|[ij]\\{[0-9a-f.]+}|n\\{[0-9]+}|\\{.*}[re])");

    /**
     * An attach has three parts, in lanes of their own. If the gateway dies between them, a session that no client has
     * ever heard of goes by its TTL within the hour, and its place in the index by its next visit; and where a gateway hears
     * late of what it holds, another one has it already, and its list goes with it or by its TTL. Only short lives with a
     * will, and such lists, are judged so leniently.
     */
    private static final Pattern OF_AN_ATTACH =
            Pattern.compile("hf:(x\\{[0-9]+}|\\{w[0-9]-[0-9]+}w?|o\\{[0-9a-f]+}[0-9a-f]*)");

    private static final Pattern OF_THE_LIVING = Pattern.compile("hf:g\\{g}");

    /** The list of the logs, which goes with the last of them. */
    private static final String LOGS = "hf:y{g}";

    /** The format of all keys: the next gateway asks for it, however late it comes. */
    private static final String FORMAT = "hf:f{g}";

    private Census() {}

    /** Waits until no session has left a key that is judged, ends the gateways, and writes down what remains then. */
    static void take(Rig rig) {
        try {
            await().atMost(Duration.ofSeconds(20)).until(() -> isAllGone(rig));
        } catch (org.awaitility.core.ConditionTimeoutException late) {
            // They are written down below.
        }
        rig.slots().forEach(slot -> slot.gateway().terminate());
        for (String key : rig.keys()) {
            if (key.equals(FORMAT)) {
                continue;
            }
            if (!goesByItself(rig, key)) {
                rig.history().add(now -> new Event.Remaining(now, key));
            }
        }
    }

    private static boolean goesByItself(Rig rig, String key) {
        boolean isKnownTo = GOES_BY_ITSELF.matcher(key).matches()
                || OF_AN_ATTACH.matcher(key).matches();
        return isKnownTo && (rig.expires(key) || key.startsWith("hf:x") || key.equals(LOGS));
    }

    private static boolean isAllGone(Rig rig) {
        return rig.keys().stream()
                .filter(key -> !key.equals(FORMAT))
                .filter(key -> !GOES_BY_ITSELF.matcher(key).matches())
                .filter(key -> !OF_THE_LIVING.matcher(key).matches())
                .allMatch(key -> goesByItself(rig, key));
    }
}
