// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.checker;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Events as lines of text, their parts in order with tabs between them. */
final class EventLine {
    private static final Map<String, Class<?>> KINDS = Arrays.stream(Event.class.getPermittedSubclasses())
            .collect(Collectors.toMap(Class::getSimpleName, Function.identity()));

    private EventLine() {}

    static String write(Event event) {
        StringBuilder line = new StringBuilder(event.getClass().getSimpleName());
        try {
            for (RecordComponent part : event.getClass().getRecordComponents()) {
                line.append('\t').append(part.getAccessor().invoke(event));
            }
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(e);
        }
        return line.toString();
    }

    static Event read(String line) {
        String[] words = line.split("\t", -1);
        Class<?> kind = KINDS.get(words[0]);
        if (kind == null) {
            throw new IllegalArgumentException("no event: " + line);
        }
        RecordComponent[] parts = kind.getRecordComponents();
        Class<?>[] types = new Class<?>[parts.length];
        Object[] values = new Object[parts.length];
        for (int i = 0; i < parts.length; i++) {
            types[i] = parts[i].getType();
            values[i] = value(types[i], words[i + 1]);
        }
        try {
            return (Event) kind.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object value(Class<?> type, String word) {
        if (type == long.class) {
            return Long.parseLong(word);
        }
        if (type == int.class) {
            return Integer.parseInt(word);
        }
        if (type == boolean.class) {
            return Boolean.parseBoolean(word);
        }
        return type == Event.End.class ? Event.End.valueOf(word) : word;
    }
}
