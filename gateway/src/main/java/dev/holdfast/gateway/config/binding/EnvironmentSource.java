// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Reads {@code HOLDFAST_LIMITS_MAX_INFLIGHT=7} into nodes. An empty variable counts as not set, and a line's end at the end
 * of one as not there: it comes from a file that somebody made with {@code echo}.
 */
public final class EnvironmentSource {
    private static final String PREFIX = "HOLDFAST_";
    private static final Pattern LINE_END = Pattern.compile("[\r\n]+$");

    /** Names the configuration file; read by the command line. */
    private static final String FILE = "HOLDFAST_CONFIG";

    /** What begins so is for the commands that ask a gateway, and may stand in the same environment. */
    private static final String COMMANDS = "HOLDFAST_CLI_";

    /**
     * What Kubernetes puts into every pod for a Service whose name begins with "holdfast", name and value: not meant for us,
     * though that of a Service "holdfast-cluster" is called as the setting cluster.port.
     */
    private static final Pattern KUBERNETES = Pattern.compile("HOLDFAST_([A-Z0-9_]+_)?("
            + "SERVICE_HOST=[0-9a-fA-F.:]+|SERVICE_PORT(_.*)?=\\d+"
            + "|PORT=(tcp|udp|sctp)://.+|PORT_\\d+_(TCP|UDP|SCTP)=(tcp|udp|sctp)://.+"
            + "|PORT_\\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)=.+)");

    private EnvironmentSource() {}

    /**
     * Reads the variables.
     *
     * @param notices receives one line about those that are somebody else's
     */
    public static Node.Mapping read(
            Class<?> root, Map<String, String> environment, List<ConfigProblem> problems, List<String> notices) {
        Map<String, String> paths = new LinkedHashMap<>();
        Key.leaves(root, "").forEach(key -> paths.put(key.environmentName(), key.path()));
        List<String> foreign = new ArrayList<>();
        Node tree = new Node.Mapping(Map.of(), "environment");
        for (Map.Entry<String, String> variable : new TreeMap<>(environment).entrySet()) {
            String name = variable.getKey();
            if (!name.startsWith(PREFIX) || name.equals(FILE) || name.startsWith(COMMANDS)) {
                continue;
            }
            String value = LINE_END.matcher(variable.getValue()).replaceFirst("");
            if (value.isEmpty()) {
                continue;
            }
            String path = paths.get(name);
            if (KUBERNETES.matcher(name + "=" + value.strip()).matches()) {
                foreign.add(name);
            } else if (path != null) {
                tree = Node.merge(tree, Node.at(path, new Node.Scalar(value, name)));
            } else {
                String end = name.substring(PREFIX.length() - 1);
                String meant = Spelling.nearest(name, paths.keySet())
                        .or(() -> paths.keySet().stream()
                                .filter(each -> each.endsWith(end))
                                .findFirst())
                        .map(near -> "; did you mean " + near + "?")
                        .orElse("; \"holdfast config doc\" lists the names");
                problems.add(new ConfigProblem(name, "", "no setting has this name" + meant));
            }
        }
        if (!foreign.isEmpty()) {
            notices.add("these variables are ignored, since they are of Kubernetes Services and not for this program"
                    + " (enableServiceLinks: false keeps them out): " + String.join(", ", foreign));
        }
        return (Node.Mapping) tree;
    }
}
