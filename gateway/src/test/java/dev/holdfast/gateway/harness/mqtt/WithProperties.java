// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness.mqtt;

/** A packet under construction that may carry properties; they are left out below MQTT 5.0. */
public abstract class WithProperties<B extends WithProperties<B>> implements Outgoing {
    protected final Properties properties = new Properties();

    protected abstract B self();

    public B with(Prop prop, long value) {
        properties.add(prop, value);
        return self();
    }

    public B with(Prop prop, String value) {
        properties.add(prop, value);
        return self();
    }

    public B with(Prop prop, byte[] value) {
        properties.add(prop, value);
        return self();
    }

    public B userProperty(String name, String value) {
        properties.add(Prop.USER_PROPERTY, new Properties.Pair(name, value));
        return self();
    }

    protected void writeProperties(ByteWriter out, Version version) {
        if (version.isV5()) {
            properties.write(out);
        }
    }
}
