// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.attack;

import dev.holdfast.gateway.harness.mqtt.Outgoing;
import dev.holdfast.gateway.harness.mqtt.Publish;
import dev.holdfast.gateway.harness.mqtt.Subscribe;
import dev.holdfast.gateway.harness.mqtt.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Attacks on the time of the I/O threads. Each is as large as {@code scale} says; 1 is the size of the table. */
final class TimeAttack implements Attack {
    private static final int SUBACK = 9;
    private static final int PUBACK = 4;
    private static final int LEVELS_OF_256 = 8;
    private static final int FILTERS_IN_A_PACKET = 64;

    private final String title;
    private final Preparation preparation;
    private final Blow blow;
    private final double scale;
    private final int retained;
    private List<Crowd.One> attackers = List.of();

    private TimeAttack(String title, Preparation preparation, Blow blow, double scale) {
        this(title, preparation, blow, scale, 0);
    }

    private TimeAttack(String title, Preparation preparation, Blow blow, double scale, int retained) {
        this.retained = retained;
        this.title = title;
        this.preparation = preparation;
        this.blow = blow;
        this.scale = scale;
    }

    interface Preparation {
        List<Crowd.One> of(Crowd crowd, double scale);
    }

    /** What one attacker sends the n-th time. */
    interface Blow {
        Outgoing number(int n);
    }

    static List<TimeAttack> all(double scale) {
        return List.of(
                retainedSearch(scale),
                overlap(scale),
                branches(scale),
                manyUnsubscribed(scale),
                manySubscribed(scale),
                pings(scale),
                sharedGroups(scale),
                fanOut(scale));
    }

    /** Filters that match none of 100,000 retained topics, and are compared with all of them. */
    static TimeAttack retainedSearch(double scale) {
        Subscribe subscribe = Subscribe.subscribe(1);
        for (int i = 0; i < 64; i++) {
            subscribe.to("d/+/+/x" + i, 0);
        }
        return new TimeAttack(
                "SUBSCRIBE of 64 filters `d/+/+/xN` beside 100,000 retained topics",
                TimeAttack::retain,
                n -> subscribe,
                scale,
                (int) (100_000 * scale));
    }

    private static String retainedTopic(int number) {
        return "d/" + number / 316 + "/" + number % 316 + "/y";
    }

    private static List<Crowd.One> retain(Crowd crowd, double scale) {
        int topics = (int) (100_000 * scale);
        int each = 400;
        for (int from = 0; from < topics; from += each) {
            Crowd.One one = crowd.connect();
            Outgoing[] some = new Outgoing[Math.min(each, topics - from)];
            for (int i = 0; i < some.length; i++) {
                int number = from + i;
                some[i] = Publish.publish(retainedTopic(number), "r")
                        .qos(i == some.length - 1 ? 1 : 0)
                        .packetId(i == some.length - 1 ? 1 : 0)
                        .retained();
            }
            one.send(some);
            one.await(PUBACK, 1);
            one.close();
        }
        return crowd.connect(1);
    }

    /** Many sessions, each with all 256 filters of eight levels that match a topic. */
    static TimeAttack overlap(double scale) {
        return new TimeAttack(
                "PUBLISH where 256 sessions have 256 filters each that match",
                (crowd, size) -> {
                    subscribe(crowd, (int) (256 * size), session -> filters(LEVELS_OF_256, 0, 256, "/#"));
                    return crowd.connect(1);
                },
                n -> Publish.publish(topic(LEVELS_OF_256, "/" + n), "x"),
                scale);
    }

    /** Filters in which each of sixteen levels is a name or a wildcard, and a last level that the topic does not have. */
    static TimeAttack branches(double scale) {
        return new TimeAttack(
                "PUBLISH of 40 bytes beside 65,536 filters `{a,+}^16/zz`",
                (crowd, size) -> {
                    subscribe(crowd, (int) (256 * size), session -> filters(16, 256 * session, 256, "/zz"));
                    return crowd.connect(1);
                },
                n -> Publish.publish(topic(16, "/n" + n), ""),
                scale);
    }

    /** Filters that are as short as they can be, and not subscribed to. */
    static TimeAttack manyUnsubscribed(double scale) {
        Subscribe unsubscribe = Subscribe.unsubscribe(1);
        for (int i = 0; i < (int) (87_000 * scale); i++) {
            unsubscribe.to("a", 0);
        }
        byte[] packet = unsubscribe.encode(Version.V3_1_1);
        return new TimeAttack(
                "UNSUBSCRIBE of 87,000 filters", (crowd, size) -> crowd.connect(1), n -> version -> packet, scale);
    }

    /** As many filters as one SUBSCRIBE may have, new ones each time. */
    static TimeAttack manySubscribed(double scale) {
        return new TimeAttack(
                "SUBSCRIBE of 1,024 filters, again and again",
                (crowd, size) -> crowd.connect(1),
                n -> {
                    Subscribe subscribe = Subscribe.subscribe(1);
                    for (int i = 0; i < (int) (1_024 * scale); i++) {
                        subscribe.to("s/" + i + "/+/" + i, 0);
                    }
                    return subscribe;
                },
                scale);
    }

    /** Two bytes that ask for two bytes. */
    static TimeAttack pings(double scale) {
        byte[] many = new byte[(int) (65_536 * scale)];
        for (int i = 0; i < many.length; i += 2) {
            many[i] = (byte) 0xC0;
        }
        return new TimeAttack("PINGREQ without pause", (crowd, size) -> crowd.connect(4), n -> version -> many, scale);
    }

    /** Every shared subscription is to give the message to one of its members. */
    static TimeAttack sharedGroups(double scale) {
        return new TimeAttack(
                "PUBLISH to 65,536 shared subscriptions of 256 sessions",
                (crowd, size) -> {
                    subscribe(crowd, (int) (256 * size), session -> {
                        List<String> filters = new ArrayList<>();
                        for (int i = 0; i < 256; i++) {
                            filters.add("$share/g" + (256 * session + i) + "/sh/#");
                        }
                        return filters;
                    });
                    return crowd.connect(1);
                },
                n -> Publish.publish("sh/" + n, "x"),
                scale);
    }

    /** Bad luck rather than malice. */
    static TimeAttack fanOut(double scale) {
        return new TimeAttack(
                "PUBLISH to 4,000 subscribers",
                (crowd, size) -> {
                    subscribe(crowd, (int) (4_000 * size), session -> List.of("f/#"));
                    return crowd.connect(1);
                },
                n -> Publish.publish("f/" + n, "x".repeat(100)),
                scale);
    }

    private interface Filters {
        List<String> of(int session);
    }

    private static void subscribe(Crowd crowd, int sessions, Filters filters) {
        List<Crowd.One> some = crowd.connect(sessions);
        int packets = 0;
        for (int session = 0; session < sessions; session++) {
            List<String> all = filters.of(session);
            packets = 0;
            for (int from = 0; from < all.size(); from += FILTERS_IN_A_PACKET) {
                Subscribe subscribe = Subscribe.subscribe(1);
                all.subList(from, Math.min(from + FILTERS_IN_A_PACKET, all.size()))
                        .forEach(filter -> subscribe.to(filter, 0));
                some.get(session).send(subscribe);
                packets++;
            }
        }
        for (Crowd.One each : some) {
            each.await(SUBACK, packets);
        }
    }

    /** Filters by number: a bit of it for each level, the name or a wildcard. */
    private static List<String> filters(int levels, int from, int count, String end) {
        List<String> filters = new ArrayList<>();
        for (int number = from; number < from + count; number++) {
            StringBuilder filter = new StringBuilder();
            for (int level = 0; level < levels; level++) {
                filter.append(level == 0 ? "" : "/").append((number >> level & 1) == 0 ? "a" : "+");
            }
            filters.add(filter + end);
        }
        return filters;
    }

    private static String topic(int levels, String end) {
        return "a" + "/a".repeat(levels - 1) + end;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public void prepare(Crowd crowd) {
        attackers = preparation.of(crowd, scale);
    }

    @Override
    public void clear(Crowd crowd) {
        crowd.clearRetained(retained, TimeAttack::retainedTopic);
    }

    @Override
    public void go(BooleanSupplier isOver) {
        for (Crowd.One attacker : attackers) {
            Thread thread = new Thread(() -> {
                for (int n = 0; !isOver.getAsBoolean() && attacker.send(blow.number(n)); n++) {
                    // the gateway reads as fast as it likes
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
    }
}
