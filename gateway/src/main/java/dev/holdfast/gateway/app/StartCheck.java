// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

import dev.holdfast.gateway.config.ConfigCheck;
import dev.holdfast.gateway.config.HoldfastConfig;
import dev.holdfast.gateway.config.binding.Complaints;
import dev.holdfast.gateway.transport.tls.TlsContext;

/**
 * What would keep a gateway from starting, as far as that can be told without listening, connecting and asking: each
 * part is asked what it would refuse, by the code with which it refuses.
 */
public final class StartCheck implements ConfigCheck {
    @Override
    public void check(HoldfastConfig config, Complaints complaints) {
        Authentication.check(config, complaints);
        ApiAccess.check(config.api(), complaints);
        if (config.tls().enabled()) {
            TlsContext.check(TlsFiles.settings(config.tls()), complaints.in("tls"));
        }
        RedisServers.check(config.store().redis(), complaints.in("store.redis"));
    }
}
