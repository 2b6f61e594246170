// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.holdfast.gateway.api.http.Answer;
import dev.holdfast.gateway.api.http.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** All that can be asked, and who serves it. */
final class Endpoints {
    private static final int LONGEST_BATCH = 4 * 1024 * 1024;
    private static final Set<String> NONE = Set.of();

    private Endpoints() {}

    static List<Endpoint> of(ApiServices services, Peers peers, GatewayOrders orders) {
        SessionOperations sessions = new SessionOperations(services, peers);
        SessionSearch search = new SessionSearch(services);
        ClusterOperations cluster = new ClusterOperations(services, peers, orders);
        MessageOperations messages = new MessageOperations(services);
        JsonNode description = description();
        // Base64 is a third longer, and a character may be escaped.
        int longestMessage = (int) Math.min(LONGEST_BATCH, 2L * services.maxPacketBytes() + 16 * 1024);
        return List.of(
                Endpoint.get("/openapi.json", NONE, request -> Answer.now(description)),
                Endpoint.get(
                        "/sessions",
                        Set.of("prefix", "principal", "gateway", "state", "limit", "cursor"),
                        search::list),
                Endpoint.get("/sessions/{client}", NONE, sessions::look),
                Endpoint.delete("/sessions/{client}", NONE, sessions::end),
                Endpoint.patch("/sessions/{client}", sessions::change),
                Endpoint.post("/sessions/{client}/kick", sessions::kick),
                Endpoint.get("/sessions/{client}/queue", Set.of("limit", "cursor", "payload"), sessions::queue),
                Endpoint.delete("/sessions/{client}/queue", NONE, sessions::purge),
                Endpoint.post("/principals/disconnect", cluster::disconnectAll),
                Endpoint.get("/listeners", Set.of("topic", "limit"), cluster::listeners),
                Endpoint.get("/gateways", NONE, cluster::gateways),
                Endpoint.post("/gateways/{gateway}/drain", cluster::drain),
                Endpoint.post("/gateways/{gateway}/reload", cluster::reload),
                Endpoint.post("/gateways/rebalance", cluster::rebalance),
                Endpoint.get("/traces", NONE, peers.traces()::list),
                Endpoint.post("/traces", peers.traces()::begin),
                Endpoint.delete("/traces/{trace}", NONE, peers.traces()::end),
                Endpoint.get("/retained", Set.of("filter", "limit", "cursor"), messages::retained),
                Endpoint.get("/retained/message", Set.of("topic"), messages::oneRetained),
                Endpoint.delete("/retained/message", Set.of("topic"), messages::deleteRetained),
                Endpoint.post("/publish", messages::publish).withBodyUpTo(longestMessage),
                Endpoint.post("/publish/batch", messages::publishAll).withBodyUpTo(LONGEST_BATCH));
    }

    /** The description of all of them, an OpenAPI 3.1 document. */
    private static JsonNode description() {
        try (InputStream in = Objects.requireNonNull(Endpoints.class.getResourceAsStream("openapi.yaml"))) {
            return new YAMLMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
