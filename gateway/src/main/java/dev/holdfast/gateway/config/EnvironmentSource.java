// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Reads {@code HOLDFAST_LIMITS_MAX_INFLIGHT=7} into nodes. An empty variable counts as not set. */
final class EnvironmentSource {
    private static final String PREFIX = "HOLDFAST_";

    /** Names the configuration file; read by the command line. */
    private static final String FILE = "HOLDFAST_CONFIG";

    /** What Kubernetes puts into every pod for a Service whose name begins with "holdfast": not meant for us. */
    private static final Pattern KUBERNETES = Pattern.compile(
            "HOLDFAST_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_\\d+_(TCP|UDP|SCTP)(_.*)?)");

    private EnvironmentSource() {}

    static Node.Mapping read(Class<?> root, Map<String, String> environment, List<Problem> problems) {
        Map<String, String> paths = new LinkedHashMap<>();
        Key.leaves(root, "").forEach(key -> paths.put(key.environmentName(), key.path()));
        Node tree = new Node.Mapping(Map.of(), "environment");
        for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
            String name = variable.getKey();
            if (!name.startsWith(PREFIX)
                    || name.equals(FILE)
                    || variable.getValue().isEmpty()) {
                continue;
            }
            String path = paths.get(name);
            if (path != null) {
                tree = Node.merge(tree, Node.at(path, new Node.Scalar(variable.getValue(), name)));
            } else if (!KUBERNETES.matcher(name).matches()) {
                String meant = Spelling.nearest(name, paths.keySet())
                        .map(near -> "; did you mean " + near + "?")
                        .orElse("; \"holdfast config doc\" lists the names");
                problems.add(new Problem(name, "", "no setting has this name" + meant));
            }
        }
        return (Node.Mapping) tree;
    }
}
