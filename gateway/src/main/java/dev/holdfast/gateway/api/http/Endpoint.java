// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One thing that can be asked.
 *
 * @param method the HTTP method
 * @param template the path behind {@code /api/v1}, segments in braces standing for anything: {@code /sessions/{client}}
 * @param role who may
 * @param parameters of the query, those that are known
 * @param longestBody bytes of a body at the most; 0 for none
 * @param operation serves it
 */
public record Endpoint(
        String method, String template, Role role, Set<String> parameters, int longestBody, Operation operation) {
    private static final int USUAL_BODY = 16 * 1024;

    /** Looks something up. */
    public static Endpoint get(String template, Set<String> parameters, Operation operation) {
        return new Endpoint("GET", template, Role.READ, parameters, 0, operation);
    }

    /** Removes something. */
    public static Endpoint delete(String template, Set<String> parameters, Operation operation) {
        return new Endpoint("DELETE", template, Role.WRITE, parameters, 0, operation);
    }

    /** Makes or orders something; a body of 16 KiB at the most. */
    public static Endpoint post(String template, Operation operation) {
        return new Endpoint("POST", template, Role.WRITE, Set.of(), USUAL_BODY, operation);
    }

    /** Changes something; a body of 16 KiB at the most. */
    public static Endpoint patch(String template, Operation operation) {
        return new Endpoint("PATCH", template, Role.WRITE, Set.of(), USUAL_BODY, operation);
    }

    /** The same with another limit for the body, in bytes. */
    public Endpoint withBodyUpTo(int bytes) {
        return new Endpoint(method, template, role, parameters, bytes, operation);
    }

    /** What stands in the place of the braces, in order; null if the path is another one. */
    @Nullable
    public List<String> match(List<String> segments) {
        String[] wanted = template.substring(1).split("/", -1);
        if (wanted.length != segments.size()) {
            return null;
        }
        List<String> variables = new ArrayList<>(1);
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].startsWith("{")) {
                variables.add(segments.get(i));
            } else if (!wanted[i].equals(segments.get(i))) {
                return null;
            }
        }
        return variables;
    }
}
