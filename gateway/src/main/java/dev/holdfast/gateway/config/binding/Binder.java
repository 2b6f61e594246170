// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import dev.holdfast.gateway.config.value.Secret;
import dev.holdfast.gateway.config.value.UnclearValueException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes records of nodes. What does not fit becomes a {@link ConfigProblem} and leaves the default in its place, so that one
 * run finds everything.
 */
public final class Binder {
    private final Class<?> root;
    private final boolean dev;
    private final List<ConfigProblem> problems;

    /**
     * A binder for one load.
     *
     * @param root the record that holds everything; its keys are what a misspelt name is compared with
     * @param dev whether the defaults of {@code --dev} apply
     * @param problems receives what is wrong
     */
    public Binder(Class<?> root, boolean dev, List<ConfigProblem> problems) {
        this.root = root;
        this.dev = dev;
        this.problems = problems;
    }

    /** The record, complete: what no node sets has its default. */
    public <T> T section(Class<T> type, Node.Mapping node, String path) {
        List<Key> keys = Key.of(type, path);
        refuseUnknown(keys, node, path);
        Object[] values = new Object[keys.size()];
        for (int i = 0; i < values.length; i++) {
            Key key = keys.get(i);
            values[i] = value(key, node.entries().get(key.name()));
        }
        return construct(type, values);
    }

    private @Nullable Object value(Key key, @Nullable Node node) {
        if (node == null || node instanceof Node.Nothing) {
            if (node != null && !key.isNullable() && !key.isSection() && !key.isList() && !key.isMap()) {
                problems.add(new ConfigProblem(node.origin(), key.path(), "no value; expected " + key.expected()));
            }
            return byDefault(key);
        }
        int before = problems.size();
        Object value = written(key, node);
        return problems.size() > before && value == null ? byDefault(key) : value;
    }

    private @Nullable Object byDefault(Key key) {
        String text = key.defaultText(dev);
        if (text != null) {
            return written(key, new Node.Scalar(text, "default"));
        } else if (key.isNullable()) {
            return null;
        } else if (key.isSection()) {
            return section(key.type(), new Node.Mapping(Map.of(), ""), key.path());
        } else if (key.isList()) {
            return List.of();
        } else if (key.isMap()) {
            return Map.of();
        }
        throw new IllegalStateException(key.path() + " has neither a default nor @Nullable");
    }

    private @Nullable Object written(Key key, Node node) {
        if (node instanceof Node.Scalar scalar && (key.isSection() || key.isList() || key.isMap())) {
            return fromText(key, scalar);
        } else if (key.isSection() && node instanceof Node.Mapping mapping) {
            return section(key.type(), mapping, key.path());
        } else if (key.isMap() && node instanceof Node.Mapping mapping) {
            return map(key, mapping);
        } else if (key.isList() && node instanceof Node.Sequence sequence) {
            return list(key, sequence.items());
        } else if (node instanceof Node.Scalar scalar) {
            Object value = scalar(key.type(), key::parse, key.path(), key.expected(), scalar);
            return value == null || inRange(key, value, scalar) ? value : null;
        }
        problems.add(
                new ConfigProblem(node.origin(), key.path(), "expected " + key.expected() + ", got " + kind(node)));
        return null;
    }

    /** Lists and sections from the environment or a flag: {@code a b}, {@code a,b}, or YAML in its flow form. */
    private @Nullable Object fromText(Key key, Node.Scalar scalar) {
        String text = scalar.text().strip();
        if (text.startsWith("[") || text.startsWith("{")) {
            int before = problems.size();
            Node parsed = YamlSource.parse(text, scalar.origin(), false, problems);
            return parsed instanceof Node.Scalar || problems.size() > before ? null : written(key, parsed);
        } else if (!key.isList() || (Key.isSection(key.itemType()) && !text.isEmpty())) {
            problems.add(new ConfigProblem(
                    scalar.origin(), key.path(), "expected " + key.expected() + ", got \"" + scalar.text() + "\""));
            return null;
        }
        List<Node> items = Arrays.stream(text.split("[,\\s]+", -1))
                .filter(item -> !item.isEmpty())
                .<Node>map(item -> new Node.Scalar(item, scalar.origin()))
                .toList();
        return list(key, items);
    }

    private List<Object> list(Key key, List<Node> items) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            Object value = item(key, key.path() + "[" + i + "]", items.get(i));
            if (value != null) {
                values.add(value);
            }
        }
        return List.copyOf(values);
    }

    private Map<String, Object> map(Key key, Node.Mapping mapping) {
        Map<String, Object> values = new LinkedHashMap<>();
        mapping.entries().forEach((name, node) -> {
            Object value = item(key, Key.join(key.path(), name), node);
            if (value != null) {
                values.put(name, value);
            }
        });
        return Map.copyOf(values);
    }

    private @Nullable Object item(Key key, String path, Node node) {
        Class<?> type = key.itemType();
        if (Key.isSection(type) && node instanceof Node.Mapping mapping) {
            return section(type, mapping, path);
        } else if (!Key.isSection(type) && node instanceof Node.Scalar scalar) {
            return scalar(type, text -> Scalars.parse(type, text), path, Scalars.expected(type), scalar);
        }
        String expected = Key.isSection(type) ? "a section" : Scalars.expected(type);
        problems.add(new ConfigProblem(node.origin(), path, "expected " + expected + ", got " + kind(node)));
        return null;
    }

    private @Nullable Object scalar(
            Class<?> type, Function<String, Object> reading, String path, String expected, Node.Scalar scalar) {
        try {
            return reading.apply(scalar.text());
        } catch (IllegalArgumentException e) {
            String got = type == Secret.class ? "" : ", got \"" + scalar.text() + "\"";
            String instead = e instanceof UnclearValueException ? "; " + e.getMessage() : "";
            problems.add(new ConfigProblem(scalar.origin(), path, "expected " + expected + got + instead));
            return null;
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the bounds are read as the type of the value itself
    private boolean inRange(Key key, Object value, Node.Scalar scalar) {
        Between between = key.component().getAnnotation(Between.class);
        if (between == null) {
            return true;
        }
        Comparable comparable = (Comparable) value;
        if (comparable.compareTo(Scalars.parse(key.type(), between.min())) >= 0
                && comparable.compareTo(Scalars.parse(key.type(), between.max())) <= 0) {
            return true;
        }
        problems.add(new ConfigProblem(
                scalar.origin(),
                key.path(),
                "expected " + key.expected() + ", got " + scalar.text().strip()));
        return false;
    }

    private void refuseUnknown(List<Key> keys, Node.Mapping node, String path) {
        List<String> names = keys.stream().map(Key::name).toList();
        node.entries().forEach((name, value) -> {
            if (!names.contains(name)) {
                String meant = meant(name, names, path)
                        .map(key -> "; did you mean " + key + "?")
                        .orElse("");
                String known = meant.isEmpty() ? "; known here: " + String.join(", ", names) : meant;
                problems.add(new ConfigProblem(value.origin(), Key.join(path, name), "unknown key" + known));
            }
        });
    }

    /** A sibling that is written alike, or the same name in another section: somebody's indentation slipped. */
    private Optional<String> meant(String name, List<String> siblings, String path) {
        Optional<String> sibling = Spelling.nearest(name, siblings).map(near -> Key.join(path, near));
        if (sibling.isPresent()) {
            return sibling;
        }
        return Key.leaves(root, "")
                .filter(key -> key.name().equals(name))
                .map(Key::path)
                .findFirst();
    }

    private static String kind(Node node) {
        if (node instanceof Node.Scalar scalar) {
            return "\"" + scalar.text() + "\"";
        }
        return node instanceof Node.Sequence ? "a list" : node instanceof Node.Mapping ? "a section" : "nothing";
    }

    private static <T> T construct(Class<T> type, Object[] values) {
        try {
            Class<?>[] types = Arrays.stream(type.getRecordComponents())
                    .map(RecordComponent::getType)
                    .toArray(Class<?>[]::new);
            Constructor<T> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(type + " refused its values", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " cannot be made", e);
        }
    }
}
