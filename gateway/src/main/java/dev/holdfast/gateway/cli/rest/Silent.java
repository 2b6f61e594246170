// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.rest;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Gateways that have not answered the one that was asked. */
final class Silent {
    private Silent() {}

    /** Tells of them; says whether there are some. */
    static boolean tell(JsonNode answer, PrintWriter err) {
        List<String> ids = new ArrayList<>();
        answer.path("silentGateways").forEach(each -> ids.add(each.asText()));
        if (ids.isEmpty()) {
            return false;
        }
        err.println("holdfast: no answer from " + String.join(", ", ids)
                + ": what they know or would have done is missing; \"holdfast gateways ls\" says how they are");
        return true;
    }
}
