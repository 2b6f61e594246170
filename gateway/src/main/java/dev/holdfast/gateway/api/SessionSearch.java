// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.holdfast.gateway.api.http.Answer;
import dev.holdfast.gateway.api.http.Json;
import dev.holdfast.gateway.api.http.Problem;
import dev.holdfast.gateway.api.http.Request;
import dev.holdfast.gateway.cluster.Inquiries;
import dev.holdfast.store.session.OperatorAccess.NamePage;
import dev.holdfast.store.session.SessionStore;
import dev.holdfast.store.session.SessionStore.SessionView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Searches the sessions of all gateways, a page at a time. A page is over when it is full or has taken as long as one may: then it
 * may be short, even empty, and still not be the last. So no search costs the store more than another one.
 */
final class SessionSearch {
    private static final long MOST_NANOS = 30_000_000;
    /** Names looked at in one call of the store; it takes it well below a millisecond. */
    private static final int LOOKED_AT = 1_000;

    private final SessionStore store;
    private final Inquiries inquiries;

    SessionSearch(ApiServices services) {
        this.store = services.store();
        this.inquiries = services.inquiries();
    }

    CompletionStage<Answer> list(Request request) throws Problem {
        String state = request.word("state", Set.of("online", "offline"));
        String gateway = request.parameter("gateway");
        if (gateway != null && "offline".equals(state)) {
            throw Problem.badField("state", "an offline session is at no gateway");
        }
        Search search = new Search(
                Objects.requireNonNullElse(request.parameter("prefix"), ""),
                request.parameter("principal"),
                gateway,
                state,
                request.limit());
        Cursor from = Cursor.parse(request.parameter("cursor"));
        return search.step(from).thenApply(next -> Answer.ok(search.json(next)));
    }

    /**
     * A place in the search: a page of the store, and the last name on it that has been told.
     *
     * @param page the store's cursor
     * @param after empty if none of the page has been told
     */
    private record Cursor(String page, String after) {
        private static final Cursor FIRST = new Cursor("", "");

        static Cursor parse(@Nullable String text) throws Problem {
            if (text == null) {
                return FIRST;
            }
            try {
                String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
                int space = plain.indexOf(' ');
                if (space >= 0 && plain.substring(0, space).length() < 1_000) {
                    return new Cursor(unescaped(plain.substring(0, space)), plain.substring(space + 1));
                }
            } catch (IllegalArgumentException e) {
                throw Problem.badField("cursor", "expected what an earlier page had as next");
            }
            throw Problem.badField("cursor", "expected what an earlier page had as next");
        }

        private static String unescaped(String page) {
            return new String(Base64.getUrlDecoder().decode(page), StandardCharsets.UTF_8);
        }

        String text() {
            Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
            String inner = base64.encodeToString(page.getBytes(StandardCharsets.UTF_8));
            return base64.encodeToString((inner + " " + after).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** One page on its way. */
    private final class Search {
        private final String prefix;
        private final @Nullable String principal;
        private final @Nullable String gateway;
        private final @Nullable String state;
        private final int limit;
        private final long untilNanos = System.nanoTime() + MOST_NANOS;
        private final List<SessionView> found = new ArrayList<>();

        Search(String prefix, @Nullable String principal, @Nullable String gateway, @Nullable String state, int limit) {
            this.prefix = prefix;
            this.principal = principal;
            this.gateway = gateway;
            this.state = state;
            this.limit = limit;
        }

        /** Goes on from a place; answers where the next page begins, or null at the end. */
        CompletionStage<@Nullable Cursor> step(Cursor at) {
            // With a prefix few of those that are looked at are told.
            int about = prefix.isEmpty() ? limit : LOOKED_AT;
            return names(at.page(), about).thenCompose(names -> {
                List<String> rest = names.clientIds().stream()
                        .sorted()
                        .filter(name -> name.compareTo(at.after()) > 0)
                        .toList();
                return visit(at, rest, 0).thenCompose(stopped -> {
                    if (stopped != null) {
                        return CompletableFuture.completedFuture(stopped);
                    }
                    String next = names.nextCursor();
                    if (next == null) {
                        return CompletableFuture.<@Nullable Cursor>completedFuture(null);
                    }
                    Cursor following = new Cursor(next, "");
                    return isOver() ? CompletableFuture.completedFuture(following) : step(following);
                });
            });
        }

        private CompletionStage<NamePage> names(String page, int about) {
            if (gateway != null) {
                return store.heldBy(gateway, prefix, page, about);
            }
            return "online".equals(state) ? online(page, about) : store.names(prefix, page, about);
        }

        /**
         * Those that the gateways hold, one gateway after the other: fewer than there are sessions. The page is the name of a gateway, a
         * space, and the page of the store.
         */
        private CompletionStage<NamePage> online(String page, int about) {
            NavigableSet<String> gateways = new TreeSet<>(inquiries.gateways());
            int space = page.indexOf(' ');
            String from = space < 0 ? "" : page.substring(0, space);
            String holder = gateways.ceiling(from);
            if (holder == null) {
                return CompletableFuture.completedFuture(new NamePage(List.of(), null));
            }
            String within = holder.equals(from) ? page.substring(space + 1) : "";
            return store.heldBy(holder, prefix, within, about).thenApply(held -> {
                String next = held.nextCursor();
                String further = gateways.higher(holder);
                return new NamePage(
                        held.clientIds(), next != null ? holder + " " + next : further == null ? null : further + " ");
            });
        }

        /** Looks at some of the names at once, then at others; answers where it had to stop, or null. */
        private CompletionStage<@Nullable Cursor> visit(Cursor at, List<String> names, int from) {
            if (from >= names.size()) {
                return CompletableFuture.completedFuture(null);
            }
            int to = Math.min(names.size(), from + Math.max(1, limit - found.size()));
            List<CompletableFuture<@Nullable SessionView>> views = names.subList(from, to).stream()
                    .map(name -> store.find(name).toCompletableFuture().exceptionally(away -> null))
                    .toList();
            return CompletableFuture.allOf(views.toArray(CompletableFuture<?>[]::new))
                    .thenCompose(nothing -> {
                        for (CompletableFuture<@Nullable SessionView> each : views) {
                            SessionView view = each.join();
                            if (view != null && isWanted(view)) {
                                found.add(view);
                            }
                        }
                        if (isOver()) {
                            return CompletableFuture.completedFuture(new Cursor(at.page(), names.get(to - 1)));
                        }
                        return visit(at, names, to);
                    });
        }

        private boolean isOver() {
            return found.size() >= limit || System.nanoTime() - untilNanos > 0;
        }

        private boolean isWanted(SessionView view) {
            boolean isOnline = view.owner() != null;
            return (principal == null || principal.equals(view.principal()))
                    && (gateway == null || gateway.equals(view.owner()))
                    && (state == null || isOnline == state.equals("online"));
        }

        ObjectNode json(@Nullable Cursor next) {
            ObjectNode json = Json.object();
            ArrayNode sessions = json.putArray("sessions");
            found.forEach(each -> sessions.add(SessionOperations.summary(each)));
            return json.put("next", next == null ? null : next.text());
        }
    }
}
