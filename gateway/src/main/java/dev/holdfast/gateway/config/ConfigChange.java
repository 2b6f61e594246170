// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.config;

import dev.holdfast.gateway.config.binding.Key;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * What another configuration changes in a running gateway.
 *
 * @param config what holds afterwards: the running one, with those settings of the other one that can change
 * @param applied the paths of the settings that change
 * @param needRestart the paths of the settings that differ, and stay as they are until the gateway is started again
 */
public record ConfigChange(HoldfastConfig config, List<String> applied, List<String> needRestart) {
    /** Copies what is mutable. */
    public ConfigChange {
        applied = List.copyOf(applied);
        needRestart = List.copyOf(needRestart);
    }

    /**
     * Compares.
     *
     * @param canChange by path, {@code limits.max-connections}; a list, and a section that one of the two does not have, is asked for
     *     as a whole
     */
    public static ConfigChange between(HoldfastConfig running, HoldfastConfig other, Predicate<String> canChange) {
        List<String> applied = new ArrayList<>();
        List<String> needRestart = new ArrayList<>();
        HoldfastConfig config = merged(running, other, "", canChange, applied, needRestart);
        return new ConfigChange(config, applied, needRestart);
    }

    private static <R extends Record> R merged(
            R running,
            Record other,
            String path,
            Predicate<String> canChange,
            List<String> applied,
            List<String> needRestart) {
        List<Object> values = new ArrayList<>();
        for (Key key : Key.of(running.getClass(), path)) {
            Object now = ConfigLoader.valueOf(running, key.component());
            Object next = ConfigLoader.valueOf(other, key.component());
            if (Objects.equals(now, next)) {
                values.add(now);
            } else if (key.isSection() && now instanceof Record below && next instanceof Record otherBelow) {
                values.add(merged(below, otherBelow, key.path(), canChange, applied, needRestart));
            } else {
                boolean can = canChange.test(key.path());
                (can ? applied : needRestart).add(key.path());
                values.add(can ? next : now);
            }
        }
        return made(running, values);
    }

    @SuppressWarnings("unchecked") // a class makes objects of itself
    private static <R extends Record> R made(R like, List<Object> values) {
        Class<?>[] types = Arrays.stream(like.getClass().getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<?> canonical = like.getClass().getDeclaredConstructor(types);
            return (R) canonical.newInstance(values.toArray());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(like.getClass() + " cannot be made", e);
        }
    }
}
