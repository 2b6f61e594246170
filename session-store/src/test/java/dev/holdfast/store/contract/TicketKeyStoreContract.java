// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.store.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.store.TicketKey;
import dev.holdfast.store.TicketKeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole contract of a {@link TicketKeyStore}. Extend it and bring a store. */
public abstract class TicketKeyStoreContract {
    private @Nullable TicketKeyStoreFixture fixture;

    /** Makes an empty store for one test. */
    protected abstract TicketKeyStoreFixture open() throws Exception;

    @BeforeEach
    final void openFixture() throws Exception {
        fixture = open();
    }

    @AfterEach
    final void closeFixture() {
        fixture().close();
        fixture = null;
    }

    @Test
    void theFirstKeyThatIsBroughtIsTheKeyOfAll() throws Exception {
        assertThat(numbers(fixture().store(), 1)).containsExactly(1);

        assertThat(numbers(fixture().otherProcess(), 2)).containsExactly(1);
        assertThat(numbers(fixture().store(), 3)).containsExactly(1);
    }

    @Test
    void everyByteOfAKeyIsKept() throws Exception {
        byte[] all = new byte[TicketKey.LENGTH];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) (i * 5 - 128);
        }
        keys(fixture().store(), all);

        assertThat(keys(fixture().otherProcess(), key(1)).get(0).bytes()).isEqualTo(all);
    }

    @Test
    void aNewKeyIsTakenWhenItIsDueAndTheOldOnesAreToldBehindItWithTheirAges() throws Exception {
        numbers(fixture().store(), 1);
        fixture().time().pass(fixture().time().step());
        assertThat(numbers(fixture().otherProcess(), 2)).containsExactly(2, 1);

        List<TicketKey> told = keys(fixture().store(), key(3));

        assertThat(told).extracting(key -> (int) key.bytes()[0]).containsExactly(2, 1);
        assertThat(told.get(0).age()).isGreaterThanOrEqualTo(Duration.ZERO);
        assertThat(told.get(1).age().minus(told.get(0).age()))
                .isGreaterThanOrEqualTo(fixture().time().step());
    }

    @Test
    void aKeyIsForgottenWhenItsTimeIsOver() throws Exception {
        numbers(fixture().store(), 1);
        fixture().time().pass(fixture().time().step());
        numbers(fixture().store(), 2);
        fixture().time().pass(fixture().time().steps(2));

        assertThat(numbers(fixture().otherProcess(), 3)).containsExactly(3, 2);
        fixture().time().pass(fixture().time().steps(3));
        assertThat(numbers(fixture().store(), 4)).containsExactly(4);
    }

    @Test
    void aKeyIsInNoText() throws Exception {
        TicketKey key = keys(fixture().store(), key(7)).get(0);

        assertThat(key.toString()).matches("TicketKey\\[age=PT[^\\]]*]");
    }

    private TicketKeyStoreFixture fixture() {
        return Objects.requireNonNull(fixture);
    }

    private static byte[] key(int number) {
        byte[] key = new byte[TicketKey.LENGTH];
        Arrays.fill(key, (byte) number);
        return key;
    }

    private static List<Integer> numbers(TicketKeyStore store, int fresh) throws Exception {
        return keys(store, key(fresh)).stream().map(key -> (int) key.bytes()[0]).toList();
    }

    private static List<TicketKey> keys(TicketKeyStore store, byte[] fresh) throws Exception {
        return store.keys(fresh).toCompletableFuture().get(5, TimeUnit.SECONDS);
    }
}
