// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.auth.acl;

import dev.holdfast.gateway.auth.Permissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What asking for permission costs, when the last of so many rules fits. Run with {@code -prof gc}: nothing. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class PermissionsBenchmark {
    /** How many rules. */
    @Param({"2", "20"})
    public int rules;

    private Permissions permissions = Permissions.ALL;
    private String topic = "tenants/acme/devices/c1/telemetry/temperature";
    private String filter = "tenants/acme/devices/+/telemetry/#";

    /** Compiles the rules: the last one is a wildcard filter in the middle of the name. */
    @Setup
    public void compile() throws AclRules.GarbledException {
        List<String> topics = new ArrayList<>();
        for (int i = 1; i < rules; i++) {
            topics.add(i % 2 == 0 ? "tenants/acme/users/u" + i + "/#" : "tenants/acme/devices/+/shadow/" + i);
        }
        topics.add("tenants/acme/devices/+/telemetry/#");
        permissions =
                CompiledPermissions.of(AclRules.ofClaim(Map.of("all", topics)), new Placeholders("c1", null, "s"));
    }

    /** At PUBLISH. */
    @Benchmark
    public boolean publish() {
        return permissions.mayPublish(topic, 1, false);
    }

    /** At delivery. */
    @Benchmark
    public boolean receive() {
        return permissions.mayReceive(topic);
    }

    /** At SUBSCRIBE. */
    @Benchmark
    public boolean subscribe() {
        return permissions.maySubscribe(filter, 1);
    }
}
