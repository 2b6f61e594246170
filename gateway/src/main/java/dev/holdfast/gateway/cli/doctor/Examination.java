// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cli.doctor;

import dev.holdfast.gateway.config.HoldfastConfig;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;

/** Looks at all that a gateway with a configuration needs on this machine and elsewhere, and changes nothing. Blocks. */
public final class Examination {
    private final HoldfastConfig config;
    private final Clock clock;

    /** Of a configuration that has been found usable. */
    public Examination(HoldfastConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
    }

    /** What was found, in the order in which it is asked for at a start. */
    public List<Finding> run() {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok("configuration", "can be used"));
        findings.addAll(MachineChecks.run(config));
        findings.addAll(RedisChecks.run(config.store().redis()));
        findings.addAll(CertificateChecks.run(config.tls(), clock));
        findings.addAll(AccessChecks.run(config));
        findings.addAll(ProxyChecks.run(config));
        return findings;
    }
}
