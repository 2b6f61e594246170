// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.app;

public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.out.println("hi");
    }
}
