// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.gateway.cluster.notes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.gateway.routing.Publication;
import dev.holdfast.store.Message;
import dev.holdfast.store.MessageId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What one gateway passes on to another is what arrives there. */
@Tag("unit")
class PublicationsTest {
    private static final long SEED = 20_261_125L;

    @Test
    void everyFieldOfEveryMessageArrivesWhateverItSharesWithTheOneBefore() {
        Random random = new Random(SEED);
        for (int round = 0; round < 300; round++) {
            List<Publication> sent = some(random);

            Note arrived = NoteCodec.decode(NoteCodec.encode(new Note.Publications(sent)));

            assertThat(arrived).isInstanceOf(Note.Publications.class);
            List<Publication> received = ((Note.Publications) Objects.requireNonNull(arrived)).all();
            assertThat(received.stream().map(PublicationsTest::described))
                    .containsExactlyElementsOf(
                            sent.stream().map(PublicationsTest::described).toList());
        }
    }

    @Test
    void messagesOfOnePublisherToOneTopicTakeLittleMoreThanTheirPayload() {
        List<Publication> sent = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            MessageId id = new MessageId(7, 1_000_000 + i);
            sent.add(new Publication(
                    Message.of(id, "plants/12/lines/3", new byte[64], 0, false, 1_700_000_000_000L + i / 10), "p"));
        }

        assertThat(NoteCodec.encode(new Note.Publications(sent))).hasSizeLessThan(100 * (64 + 6) + 60);
    }

    @Test
    void aNoteThatIsCutOffIsNone() {
        byte[] whole = NoteCodec.encode(new Note.Publications(some(new Random(SEED))));
        int refused = 0;
        for (int length = 2; length < whole.length; length++) {
            if (NoteCodec.decode(Arrays.copyOf(whole, length)) == null) {
                refused++;
            }
        }
        // Cut between two messages it is a note of fewer.
        assertThat(refused).isGreaterThan(whole.length - 2 - 20);
    }

    private static List<Publication> some(Random random) {
        List<Publication> all = new ArrayList<>();
        int count = 1 + random.nextInt(20);
        for (int i = 0; i < count; i++) {
            MessageId id = new MessageId(random.nextInt(2), random.nextLong());
            byte[] body = bodyOf("t/" + "x".repeat(random.nextInt(3)), random.nextInt(200), random);
            int properties = 2 + (body[0] << 8 | body[1]);
            long expires = random.nextInt(3) == 0 ? random.nextLong() >>> 1 : Message.NEVER;
            Message message = new Message(
                    id,
                    body,
                    properties,
                    properties + 1,
                    random.nextInt(3),
                    random.nextBoolean(),
                    random.nextLong() >>> 1,
                    expires);
            all.add(new Publication(message, random.nextInt(4) == 0 ? null : "publisher" + random.nextInt(2)));
        }
        return all;
    }

    private static byte[] bodyOf(String topic, int payload, Random random) {
        byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[2 + name.length + 1 + payload];
        random.nextBytes(body);
        body[0] = 0;
        body[1] = (byte) name.length;
        System.arraycopy(name, 0, body, 2, name.length);
        return body;
    }

    private static String described(Publication publication) {
        Message message = publication.message();
        return String.join(
                " ",
                publication.publisher(),
                message.id().toString(),
                message.topic(),
                Integer.toString(message.propertiesOffset()),
                Integer.toString(message.payloadOffset()),
                Integer.toString(message.qos()),
                Boolean.toString(message.isRetain()),
                Long.toString(message.arrivedAtMillis()),
                Long.toString(message.expiresAtMillis()),
                Arrays.toString(message.body()));
    }
}
