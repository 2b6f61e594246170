// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.harness;

import dev.holdfast.gateway.session.log.WideFilters;

/** No filter is wide. */
public final class NarrowFilters implements WideFilters {
    @Override
    public boolean isWide(String filter) {
        return false;
    }

    @Override
    public void doubted() {}

    @Override
    public void hasLog(String filter, long begun) {}
}
