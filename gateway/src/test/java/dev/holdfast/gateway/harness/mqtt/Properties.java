// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

import java.util.ArrayList;
import java.util.List;

/** A list of properties in their order, to write or as they were read. */
public final class Properties {
    /** One user property. */
    public record Pair(String name, String value) {}

    private record Entry(Prop prop, Object value) {}

    private final List<Entry> entries = new ArrayList<>();

    public static Properties read(ByteReader in) {
        ByteReader part = in.sub(in.variable());
        Properties properties = new Properties();
        while (part.remaining() > 0) {
            Prop prop = Prop.of(part.variable());
            properties.entries.add(new Entry(
                    prop,
                    switch (prop.kind) {
                        case BYTE -> (long) part.one();
                        case TWO_BYTES -> (long) part.two();
                        case FOUR_BYTES -> part.four();
                        case VARIABLE -> (long) part.variable();
                        case STRING -> part.string();
                        case BINARY -> part.binary();
                        case PAIR -> new Pair(part.string(), part.string());
                    }));
        }
        return properties;
    }

    public Properties add(Prop prop, Object value) {
        entries.add(new Entry(prop, value));
        return this;
    }

    public void write(ByteWriter out) {
        ByteWriter body = new ByteWriter();
        for (Entry entry : entries) {
            body.variable(entry.prop.id);
            switch (entry.prop.kind) {
                case BYTE -> body.one((int) number(entry));
                case TWO_BYTES -> body.two((int) number(entry));
                case FOUR_BYTES -> body.four(number(entry));
                case VARIABLE -> body.variable(number(entry));
                case STRING -> body.string((String) entry.value);
                case BINARY -> body.binary((byte[]) entry.value);
                case PAIR -> {
                    Pair pair = (Pair) entry.value;
                    body.string(pair.name).string(pair.value);
                }
            }
        }
        byte[] bytes = body.toBytes();
        out.variable(bytes.length).raw(bytes);
    }

    private static long number(Entry entry) {
        return ((Number) entry.value).longValue();
    }

    public boolean has(Prop prop) {
        return !all(prop).isEmpty();
    }

    /** The value of a property that must be there once. */
    public Object get(Prop prop) {
        List<Object> values = all(prop);
        if (values.size() != 1) {
            throw new AssertionError("expected one " + prop + " but there are " + values);
        }
        return values.get(0);
    }

    public long number(Prop prop) {
        return (Long) get(prop);
    }

    public long number(Prop prop, long ifAbsent) {
        return has(prop) ? number(prop) : ifAbsent;
    }

    public String text(Prop prop) {
        return (String) get(prop);
    }

    public byte[] binary(Prop prop) {
        return (byte[]) get(prop);
    }

    public List<Object> all(Prop prop) {
        List<Object> values = new ArrayList<>();
        for (Entry entry : entries) {
            if (entry.prop == prop) {
                values.add(entry.value);
            }
        }
        return values;
    }

    @Override
    public String toString() {
        return entries.toString();
    }
}
