// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config.binding;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads YAML into nodes that know their line. Aliases are refused, keys are taken once. */
public final class YamlSource {
    private static final YAMLFactory FACTORY = new YAMLFactory();
    private static final Pattern LINE = Pattern.compile("line (\\d+), column");
    private static final Map<String, String> WORDS = words();

    private final YAMLParser parser;
    private final String place;
    private final boolean withLines;
    private final List<ConfigProblem> problems;

    private YamlSource(YAMLParser parser, String place, boolean withLines, List<ConfigProblem> problems) {
        this.parser = parser;
        this.place = place;
        this.withLines = withLines;
        this.problems = problems;
    }

    /** What the parser says, and what it means. */
    private static Map<String, String> words() {
        Map<String, String> words = new LinkedHashMap<>();
        words.put("(TAB)", "a tab where only spaces may stand");
        words.put("cannot start any token", "a text that begins with this character needs quotes");
        words.put(
                "mapping values are not allowed",
                "a colon too many; a text with a colon and a space in it needs quotes");
        words.put("could not find expected ':'", "a name without a colon behind it, or quotes that are not closed");
        words.put("unexpected end of stream", "quotes that are not closed");
        words.put("expected ',' or", "a bracket that is not closed, or a comma that is missing");
        words.put("expected <block end>", "this line is indented otherwise than the one that it follows");
        words.put("special characters", "a character that YAML does not allow");
        words.put("exceed", "too large, or sections within too many sections");
        return words;
    }

    /** The tree of a file; empty, and a problem more, when the file cannot be read. */
    public static Node.Mapping file(Path file, List<ConfigProblem> problems) {
        String place = file.toString();
        try {
            Node root = parse(Files.readString(file), place, true, problems);
            if (root instanceof Node.Mapping mapping) {
                return mapping;
            } else if (!(root instanceof Node.Nothing)) {
                problems.add(new ConfigProblem(root.origin(), "", "expected sections such as \"limits:\""));
            }
        } catch (IOException e) {
            problems.add(new ConfigProblem(place, "", words(file, e)));
        }
        return new Node.Mapping(Map.of(), place);
    }

    private static String words(Path file, IOException failure) {
        if (failure instanceof NoSuchFileException) {
            return "no such file";
        } else if (failure instanceof AccessDeniedException) {
            return "cannot be read: this user may not";
        } else if (failure instanceof CharacterCodingException) {
            return "cannot be read: not text in UTF-8";
        }
        return "cannot be read" + (Files.isDirectory(file) ? ": it is a directory" : "");
    }

    /** What is wrong with the YAML, as far as the parser's words can be told apart; they speak of the parser. */
    private static String words(String ofTheParser) {
        for (Map.Entry<String, String> each : WORDS.entrySet()) {
            if (ofTheParser.contains(each.getKey())) {
                return each.getValue();
            }
        }
        return "what stands here does not fit what is above it";
    }

    /**
     * The tree of a text; {@link Node.Nothing} when it is empty or broken, in which case there is a problem more.
     *
     * @param withLines whether the line belongs to the place, as it does in a file and does not in a flag
     */
    static Node parse(String text, String place, boolean withLines, List<ConfigProblem> problems) {
        try (YAMLParser parser = FACTORY.createParser(text)) {
            YamlSource source = new YamlSource(parser, place, withLines, problems);
            JsonToken first = parser.nextToken();
            return first == null ? new Node.Nothing(place) : source.node(first, source.here());
        } catch (JsonProcessingException e) {
            String ofTheParser = String.valueOf(e.getOriginalMessage());
            String line = LINE.matcher(ofTheParser)
                    .results()
                    .map(each -> ":" + each.group(1))
                    .reduce(
                            "",
                            (first, last) -> last); // where it noticed; before stands where what it was reading began
            problems.add(new ConfigProblem(withLines ? place + line : place, "", "not YAML: " + words(ofTheParser)));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a text in memory is read
        }
        return new Node.Nothing(place);
    }

    private Node node(JsonToken token, String origin) throws IOException {
        if (parser.isCurrentAlias()) {
            problems.add(new ConfigProblem(origin, "", "YAML aliases are not understood here; write the value out"));
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
                problems.add(new ConfigProblem(where, key, "written twice in the same section"));
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
