// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.api.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.undertow.util.StatusCodes;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a request is not served, told as RFC 9457 has it. */
public final class Problem extends Exception {
    private static final long serialVersionUID = 1;

    /** What can be wrong. The name of each is told, and is what a program may go by. */
    public enum Kind {
        /** A field, a parameter or the path is not what it has to be. */
        BAD_REQUEST(StatusCodes.BAD_REQUEST, "The request is not as it has to be"),
        /** No token, or one that is not known. */
        UNAUTHORIZED(StatusCodes.UNAUTHORIZED, "A token is needed"),
        /** The token, or this way here, does not allow it. */
        FORBIDDEN(StatusCodes.FORBIDDEN, "Not allowed"),
        /** There is no such thing. */
        NOT_FOUND(StatusCodes.NOT_FOUND, "There is no such thing"),
        /** The path is there, with other methods. */
        METHOD_NOT_ALLOWED(StatusCodes.METHOD_NOT_ALLOWED, "Not with this method"),
        /** What is there does not allow it now. */
        CONFLICT(StatusCodes.CONFLICT, "Not as things stand"),
        /** The body is longer than what is read. */
        TOO_LARGE(StatusCodes.REQUEST_ENTITY_TOO_LARGE, "Too large"),
        /** The body is not said to be JSON. */
        UNSUPPORTED_MEDIA_TYPE(StatusCodes.UNSUPPORTED_MEDIA_TYPE, "Not JSON"),
        /** What is meant is there, and cannot be used. */
        UNPROCESSABLE(StatusCodes.UNPROCESSABLE_ENTITY, "It cannot be used"),
        /** The store, or the part of it that is needed, does not answer. */
        STORE_AWAY(StatusCodes.SERVICE_UNAVAILABLE, "The store is away"),
        /** No answer in time; whether it was done is not known. */
        TIMEOUT(StatusCodes.GATEWAY_TIME_OUT, "No answer in time"),
        /** A mistake of ours. */
        BUG(StatusCodes.INTERNAL_SERVER_ERROR, "This is a bug");

        private final int status;
        private final String title;

        Kind(int status, String title) {
            this.status = status;
            this.title = title;
        }

        /** The HTTP status. */
        public int status() {
            return status;
        }

        /** Its name in {@code type} and among the metrics. */
        String slug() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final Kind kind;
    private final String detail;
    private final @Nullable String field;

    /** A problem with the request as a whole. */
    public Problem(Kind kind, String detail) {
        this(kind, detail, null);
    }

    /**
     * A problem with one field.
     *
     * @param field of the body, with dots and indices ({@code messages[3].topic}), or the parameter, or the part of the path
     */
    public Problem(Kind kind, String detail, @Nullable String field) {
        super(detail, null, false, false);
        this.kind = kind;
        this.detail = detail;
        this.field = field;
    }

    /** 400: a field, a parameter or a part of the path is not what was expected. */
    public static Problem badField(String field, String expected) {
        return new Problem(Kind.BAD_REQUEST, field + ": " + expected, field);
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }

    /** The HTTP status. */
    public int status() {
        return kind.status;
    }

    /** The same about a field that lies within another one. */
    public Problem in(String outer) {
        return field == null ? this : new Problem(kind, outer + "." + detail, outer + "." + field);
    }

    /** The body of the answer, of type {@code application/problem+json}. */
    public ObjectNode toJson() {
        ObjectNode json = Json.object()
                .put("type", "urn:holdfast:problem:" + kind.slug())
                .put("title", kind.title)
                .put("status", kind.status)
                .put("detail", detail);
        if (field != null) {
            json.put("field", field);
        }
        return json;
    }
}
