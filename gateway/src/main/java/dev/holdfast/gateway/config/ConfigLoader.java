// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Binder;
import dev.holdfast.gateway.config.binding.Checked;
import dev.holdfast.gateway.config.binding.ConfigProblem;
import dev.holdfast.gateway.config.binding.EnvironmentSource;
import dev.holdfast.gateway.config.binding.Key;
import dev.holdfast.gateway.config.binding.Node;
import dev.holdfast.gateway.config.binding.Places;
import dev.holdfast.gateway.config.binding.YamlSource;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Collects the sources of a configuration and makes one of them: file &lt; environment &lt; settings, whatever the order
 * of the calls.
 */
public final class ConfigLoader {
    private final List<ConfigProblem> problems = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private Node file = new Node.Mapping(Map.of(), "");
    private boolean fileIsBroken;
    private Node environment = new Node.Mapping(Map.of(), "");
    private Node settings = new Node.Mapping(Map.of(), "");

    /** Reads a YAML file. */
    public ConfigLoader file(Path path) {
        int before = problems.size();
        file = YamlSource.file(path, problems);
        fileIsBroken = file instanceof Node.Mapping read && read.entries().isEmpty() && problems.size() > before;
        return this;
    }

    /** Reads the variables that begin with {@code HOLDFAST_}. */
    public ConfigLoader environment(Map<String, String> variables) {
        environment = EnvironmentSource.read(HoldfastConfig.class, variables, problems, notices);
        return this;
    }

    /** Takes {@code limits.max-inflight=7}; a later one for the same path replaces an earlier one. */
    public ConfigLoader set(String assignment) {
        int equals = assignment.indexOf('=');
        if (equals < 1) {
            problems.add(new ConfigProblem(
                    "--set " + assignment, "", "expected path=value, for example limits.max-packet-size=1MiB"));
            return this;
        }
        String path = assignment.substring(0, equals).strip();
        return set(path, assignment.substring(equals + 1), "--set " + path);
    }

    /** Takes a value that a flag of its own gives; {@code origin} is how an error calls it. */
    public ConfigLoader set(String path, String value, String origin) {
        settings = Node.merge(settings, Node.at(path, new Node.Scalar(value, origin)));
        return this;
    }

    /**
     * Binds and checks.
     *
     * @param further checks that come after those of the sections themselves
     * @throws ConfigException with everything that is wrong
     */
    public HoldfastConfig load(ConfigCheck... further) throws ConfigException {
        Node.Mapping merged = (Node.Mapping) Node.merge(Node.merge(file, environment), settings);
        boolean dev = merged.entries().get("dev") instanceof Node.Scalar scalar
                && scalar.text().strip().equals("true");
        HoldfastConfig config =
                new Binder(HoldfastConfig.class, dev, problems).section(HoldfastConfig.class, merged, "");
        if (!fileIsBroken) { // what is missing in it is not missing
            check(config, merged, "");
            for (ConfigCheck each : further) {
                each.check(config, (path, what) -> complain(path, Places.of(merged, path), what));
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        return config;
    }

    /** What the operator should know and need not change, a line each. */
    public List<String> notices() {
        return List.copyOf(notices);
    }

    private void check(Record section, Node node, String path) {
        if (section instanceof Checked checked) {
            checked.check((key, what) -> complain(Key.join(path, key), Places.of(node, key), what));
        }
        for (Key key : Key.of(section.getClass(), path)) {
            if (key.isSection() && valueOf(section, key.component()) instanceof Record below) {
                check(below, child(node, key.name()).orElse(node), key.path());
            }
        }
    }

    /** Does not add to a setting that could not even be read, or of which a part could not. */
    private void complain(String path, String origin, String what) {
        if (problems.stream().map(ConfigProblem::path).noneMatch(known -> isWithin(known, path))) {
            problems.add(new ConfigProblem(origin, path, what));
        }
    }

    private static boolean isWithin(String path, String section) {
        return path.startsWith(section)
                && (path.length() == section.length() || ".[".indexOf(path.charAt(section.length())) >= 0);
    }

    private static Optional<Node> child(Node node, String key) {
        return node instanceof Node.Mapping mapping
                ? Optional.ofNullable(mapping.entries().get(key))
                : Optional.empty();
    }

    static @Nullable Object valueOf(Record section, RecordComponent component) {
        try {
            return component.getAccessor().invoke(section);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(component + " cannot be read", e);
        }
    }
}
