// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** JSON as the API reads and writes it: UTF-8, no name twice, nothing behind it, not deep. */
public final class Json {
    private static final int MOST_DEPTH = 16;
    private static final int MOST_DIGITS = 32;

    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MOST_DEPTH)
                            .maxNumberLength(MOST_DIGITS)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    /** An empty object. */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Reads one object. */
    public static ObjectNode read(byte[] utf8) throws Problem {
        JsonNode read;
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(utf8))
                    .toString();
            read = MAPPER.readTree(text);
        } catch (CharacterCodingException e) {
            throw new Problem(Problem.Kind.BAD_REQUEST, "the body is not UTF-8");
        } catch (JsonProcessingException e) {
            throw new Problem(Problem.Kind.BAD_REQUEST, "the body is not JSON: " + where(e));
        }
        if (read instanceof ObjectNode object) {
            return object;
        }
        throw new Problem(Problem.Kind.BAD_REQUEST, "the body: expected a JSON object");
    }

    /** The place alone: what stands there may be nobody's business. */
    private static String where(JsonProcessingException e) {
        return e.getLocation() == null
                ? "it ends too early"
                : "line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr();
    }

    /** Writes UTF-8. */
    public static byte[] write(JsonNode json) {
        try {
            return MAPPER.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
