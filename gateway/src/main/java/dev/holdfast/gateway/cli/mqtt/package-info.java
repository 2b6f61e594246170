// SPDX-License-Identifier: Apache-2.0
/** The MQTT client of the command line, on Netty, and the commands that publish and subscribe with it. */
@NullMarked
package dev.holdfast.gateway.cli.mqtt;

import org.jspecify.annotations.NullMarked;
