// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads YAML into nodes that know their line. Aliases are refused, keys are taken once. */
final class YamlSource {
    private static final YAMLFactory FACTORY = new YAMLFactory();

    private final YAMLParser parser;
    private final String place;
    private final boolean withLines;
    private final List<Problem> problems;

    private YamlSource(YAMLParser parser, String place, boolean withLines, List<Problem> problems) {
        this.parser = parser;
        this.place = place;
        this.withLines = withLines;
        this.problems = problems;
    }

    /** The tree of a file; empty, and a problem more, when the file cannot be read. */
    static Node.Mapping file(Path file, List<Problem> problems) {
        String place = file.toString();
        try {
            Node root = parse(Files.readString(file), place, true, problems);
            if (root instanceof Node.Mapping mapping) {
                return mapping;
            } else if (!(root instanceof Node.Nothing)) {
                problems.add(new Problem(root.origin(), "", "expected sections such as \"limits:\""));
            }
        } catch (NoSuchFileException e) {
            problems.add(new Problem(place, "", "no such file"));
        } catch (IOException e) {
            problems.add(new Problem(place, "", "cannot be read: " + e));
        }
        return new Node.Mapping(Map.of(), place);
    }

    /**
     * The tree of a text; {@link Node.Nothing} when it is empty or broken, in which case there is a problem more.
     *
     * @param withLines whether the line belongs to the place, as it does in a file and does not in a flag
     */
    static Node parse(String text, String place, boolean withLines, List<Problem> problems) {
        try (YAMLParser parser = FACTORY.createParser(text)) {
            YamlSource source = new YamlSource(parser, place, withLines, problems);
            JsonToken first = parser.nextToken();
            return first == null ? new Node.Nothing(place) : source.node(first, source.here());
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            String first = e.getOriginalMessage().lines().findFirst().orElse("broken");
            problems.add(new Problem(withLines && line > 0 ? place + ":" + line : place, "", "not YAML: " + first));
        } catch (IOException e) {
            problems.add(new Problem(place, "", "cannot be read: " + e));
        }
        return new Node.Nothing(place);
    }

    private Node node(JsonToken token, String origin) throws IOException {
        if (parser.isCurrentAlias()) {
            problems.add(new Problem(origin, "", "YAML aliases are not understood here; write the value out"));
            return new Node.Nothing(origin);
        }
        return switch (token) {
            case START_OBJECT -> mapping(origin);
            case START_ARRAY -> sequence(origin);
            case VALUE_NULL -> new Node.Nothing(origin);
            default -> new Node.Scalar(parser.getText(), origin);
        };
    }

    private Node.Mapping mapping(String origin) throws IOException {
        Map<String, Node> entries = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            String where = here();
            if (entries.put(key, node(parser.nextToken(), where)) != null) {
                problems.add(new Problem(where, key, "written twice in the same section"));
            }
        }
        return new Node.Mapping(entries, origin);
    }

    private Node.Sequence sequence(String origin) throws IOException {
        List<Node> items = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            items.add(node(token, here()));
        }
        return new Node.Sequence(items, origin);
    }

    private String here() {
        return withLines ? place + ":" + parser.currentTokenLocation().getLineNr() : place;
    }
}
