// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.fault.rig;

import dev.holdfast.gateway.fault.checker.Event;
import dev.holdfast.gateway.fault.rig.Rig.Slot;
import dev.holdfast.gateway.harness.FaultProxy;
import dev.holdfast.gateway.harness.FaultProxy.Direction;
import dev.holdfast.store.redis.RedisAddress;
import dev.holdfast.store.redis.RedisCluster;
import dev.holdfast.store.redis.RedisProcess;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Breaks things, one after the other, and mends them. On one thread. */
final class Nemesis {
    private static final Duration FAR = Duration.ofMillis(120);

    private final Rig rig;
    private final @Nullable ClusterNemesis ofTheCluster;

    Nemesis(Rig rig, long seed) {
        this.rig = rig;
        RedisCluster cluster = rig.redis().cluster();
        this.ofTheCluster = cluster == null ? null : new ClusterNemesis(cluster, seed);
    }

    /** Does one step; it has been mended when the call returns. */
    void step(FaultSchedule.Step step) {
        sleep(step.restMillis());
        Slot slot = rig.slots().get(step.where() % rig.slots().size());
        rig.fault(step.fault() + " " + step.where(), () -> strike(step.fault(), slot, step.where()));
    }

    private void strike(Fault fault, Slot slot, int where) {
        switch (fault) {
            case KILL_GATEWAY -> slot.killAndReplace();
            case STOP_GATEWAY, STOP_GATEWAY_FOR_LONG -> stopGateway(slot, fault.millis);
            case CUT_REDIS -> withoutRedis(slot, FaultProxy::cut, fault.millis);
            case LOSE_ANSWERS -> withoutRedis(slot, proxy -> proxy.hold(Direction.TO_CLIENT), fault.millis);
            case LOSE_CALLS -> withoutRedis(slot, proxy -> proxy.hold(Direction.TO_SERVER), fault.millis);
            case DELAY_REDIS ->
                forAWhile(
                        List.of(slot.toRedis()),
                        proxy -> proxy.delay(Direction.TO_SERVER, FAR).delay(Direction.TO_CLIENT, FAR),
                        fault.millis);
            case RESTART_REDIS -> server().ifAway(rig, RedisProcess::kill, RedisProcess::restart, 0);
            case FAIL_BACK -> failBack(fault.millis);
            case STOP_REDIS -> server().ifAway(rig, RedisProcess::pause, RedisProcess::resume, fault.millis);
            case FLUSH_SCRIPTS -> rig.redis().servers().forEach(server -> server.command("SCRIPT", "FLUSH"));
            case RESET_CLIENTS -> slot.toClients().forEach(FaultProxy::reset);
            case HALF_OPEN_CLIENTS -> forAWhile(slot.toClients(), FaultProxy::halfOpen, fault.millis);
            case LOSE_WORDS_TO_CLIENTS ->
                forAWhile(slot.toClients(), proxy -> proxy.hold(Direction.TO_CLIENT), fault.millis);
            case SLICE_CLIENTS ->
                forAWhile(
                        slot.toClients(),
                        proxy -> proxy.slice(Direction.TO_SERVER).slice(Direction.TO_CLIENT),
                        fault.millis);
            case LOSE_LINKS -> forAWhile(List.of(slot.links()), FaultProxy::blackhole, fault.millis);
            case CUT_LINKS -> forAWhile(List.of(slot.links()), FaultProxy::cut, fault.millis);
            case SLICE_LINKS ->
                forAWhile(
                        List.of(slot.links()),
                        proxy -> proxy.slice(Direction.TO_SERVER).slice(Direction.TO_CLIENT),
                        fault.millis);
            case KILL_MASTER, FAIL_OVER, MOVE_SLOTS ->
                silenced(() -> Objects.requireNonNull(ofTheCluster).strike(fault, where));
        }
    }

    private void failBack(long millis) {
        RedisAddress address = Objects.requireNonNull(rig.redis().address());
        silenced(() -> {
            address.failOver(1);
            sleep(millis);
            address.leadTo(0);
        });
        rig.wentBack();
    }

    private Single server() {
        return new Single(rig.redis().servers().get(0));
    }

    /** The one server, away for all gateways at once. */
    private record Single(RedisProcess process) {
        void ifAway(Rig rig, Consumer<RedisProcess> breaks, Consumer<RedisProcess> mends, long millis) {
            breaks.accept(process);
            rig.slots().forEach(slot -> rig.history().add(now -> new Event.StoreAway(now, slot.name())));
            sleep(millis);
            rig.slots().forEach(slot -> rig.history().add(now -> new Event.StoreBack(now, slot.name())));
            mends.accept(process);
        }
    }

    /** While a part of the cluster is away, some gateways are ready and some are not. */
    private void silenced(Runnable trouble) {
        rig.slots().forEach(slot -> rig.history().add(now -> new Event.Silenced(now, slot.name())));
        trouble.run();
        rig.slots().forEach(slot -> rig.history().add(now -> new Event.Speaking(now, slot.name())));
    }

    private void stopGateway(Slot slot, long millis) {
        String name = slot.name();
        rig.history().add(now -> new Event.Silenced(now, name));
        slot.gateway().pause();
        sleep(millis);
        slot.gateway().resume();
        rig.history().add(now -> new Event.Speaking(now, name));
    }

    private void withoutRedis(Slot slot, Consumer<FaultProxy> trouble, long millis) {
        String name = slot.name();
        trouble.accept(slot.toRedis());
        rig.history().add(now -> new Event.StoreAway(now, name));
        sleep(millis);
        rig.history().add(now -> new Event.StoreBack(now, name));
        slot.toRedis().heal();
    }

    private static void forAWhile(List<FaultProxy> proxies, Consumer<FaultProxy> trouble, long millis) {
        proxies.forEach(trouble);
        sleep(millis);
        proxies.forEach(FaultProxy::heal);
    }

    private static void sleep(long millis) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
