// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.routing;

import dev.holdfast.gateway.session.Session;
import dev.holdfast.gateway.session.connection.Debtor;
import dev.holdfast.gateway.session.connection.SessionThread;
import dev.holdfast.gateway.session.outbound.Outbound;
import dev.holdfast.store.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes messages to live sessions, each on its own thread. Where a message crosses to another thread it does so once per
 * thread, not once per session; what is for many sessions of one thread is delivered there a slice at a time.
 */
final class LiveDeliveries {
    private static final int MOST_AT_ONCE = 1_024;
    private static final int MOST_IN_A_SLICE = 64;

    private final List<? extends SessionThread> threads;
    private final Lanes[] lanes;

    /** Deliveries over all I/O threads, by index. */
    LiveDeliveries(List<? extends SessionThread> threads) {
        this.threads = threads;
        this.lanes = threads.stream().map(Lanes::new).toArray(Lanes[]::new);
    }

    /** The long distributions of a thread. */
    Lanes lanes(SessionThread thread) {
        return lanes[thread.index()];
    }

    /** Delivers a message to the live clean sessions of an audience that is not large. */
    void deliver(SessionThread here, Audience audience, Message message, @Nullable String publisher) {
        Member[][] live = audience.live();
        for (int i = 0; i < live.length; i++) {
            Member[] members = live[i];
            if (members.length == 0) {
                continue;
            }
            if (i == here.index()) {
                deliver(members, 0, members.length, message, publisher);
            } else {
                cross(i, members, message, publisher, LiveDeliveries::nothing);
            }
        }
    }

    /** Has another thread deliver a message to sessions that live there, and then run a task on that thread. */
    void cross(int thread, Member[] members, Message message, @Nullable String publisher, Runnable then) {
        threads.get(thread).execute(() -> arrived(thread, members, message, publisher, then));
    }

    /** A message has come to the thread of its receivers: it goes behind what is still on its way to others of its topic. */
    private void arrived(int thread, Member[] members, Message message, @Nullable String publisher, Runnable then) {
        if (members.length <= MOST_AT_ONCE && lanes[thread].isFree(message.topic())) {
            deliver(members, 0, members.length, message, publisher);
            then.run();
            return;
        }
        Object owner = publisher == null ? Debtor.NOBODY : publisher;
        int[] next = {0};
        lanes[thread].begin(message.topic(), owner, () -> {
            int end = Math.min(next[0] + MOST_IN_A_SLICE, members.length);
            deliver(members, next[0], end, message, publisher);
            next[0] = end;
            if (end == members.length) {
                then.run();
            }
            return end == members.length;
        });
    }

    /**
     * Delivers a message to some of these sessions. Each session is looked up while the one before it is served: a fan-out costs what
     * memory it touches, and so the processor fetches that of the next session meanwhile.
     */
    void deliver(Member[] members, int from, int to, Message message, @Nullable String publisher) {
        Outbound next = from < to ? outbound(members[from]) : null;
        SessionThread nextThread = next == null ? null : next.thread();
        for (int i = from; i < to; i++) {
            Outbound outbound = next;
            SessionThread thread = nextThread;
            next = i + 1 < to ? outbound(members[i + 1]) : null;
            nextThread = next == null ? null : next.thread();
            Member member = members[i].forPublisher(publisher);
            if (member != null && outbound != null && thread != null) {
                deliver(member, outbound, thread, message);
            }
        }
    }

    private static void nothing() {}

    /** Delivers a message to the live session of a member, if there is one. */
    static void deliver(Member member, Message message) {
        Outbound outbound = outbound(member);
        if (outbound != null) {
            deliver(member, outbound, outbound.thread(), message);
        }
    }

    private static @Nullable Outbound outbound(Member member) {
        Session session = member.slot().live();
        return session == null ? null : session.outbound();
    }

    private static void deliver(Member member, Outbound outbound, SessionThread thread, Message message) {
        int qos = member.qosOf(message);
        boolean retain = member.retainOf(message);
        if (thread.isCurrent()) {
            outbound.deliver(message, qos, retain, member.identifiers(), null);
        } else {
            thread.execute(() -> outbound.deliver(message, qos, retain, member.identifiers(), null));
        }
    }

    /** Some publications in their order, each to its own audience; what crosses to one thread does so at once. */
    final class Batch {
        private final SessionThread here;
        private final Crossing[] crossings = new Crossing[threads.size()];

        Batch(SessionThread here) {
            this.here = here;
        }

        void add(Publication publication, Member[][] live) {
            for (int i = 0; i < live.length; i++) {
                if (live[i].length == 0) {
                    continue;
                }
                if (i == here.index()) {
                    deliver(live[i], 0, live[i].length, publication.message(), publication.publisher());
                } else {
                    Crossing crossing = crossings[i];
                    if (crossing == null) {
                        crossing = new Crossing(i);
                        crossings[i] = crossing;
                    }
                    crossing.members.add(live[i]);
                    crossing.publications.add(publication);
                }
            }
        }

        void leave() {
            for (int i = 0; i < crossings.length; i++) {
                if (crossings[i] != null) {
                    threads.get(i).execute(crossings[i]);
                }
            }
        }
    }

    /** What crosses to another thread: each publication with its audience there. */
    private final class Crossing implements Runnable {
        final List<Member[]> members = new ArrayList<>();
        final List<Publication> publications = new ArrayList<>();
        private final int thread;

        Crossing(int thread) {
            this.thread = thread;
        }

        @Override
        public void run() {
            for (int i = 0; i < publications.size(); i++) {
                Publication publication = publications.get(i);
                arrived(
                        thread,
                        members.get(i),
                        publication.message(),
                        publication.publisher(),
                        LiveDeliveries::nothing);
            }
        }
    }
}
