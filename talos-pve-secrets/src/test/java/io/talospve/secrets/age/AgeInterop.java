package io.talospve.secrets.age;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.talospve.error.TalosPveException;
import io.talospve.spec.Secret;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Against filippo.io/age. Not part of the usual tests: {@code interop/age/run} builds the program and runs this with
 * {@code -Dtalospve.interop.age=<program>}; without it, it fails.
 */
class AgeInterop {
    private final Path program = program();

    @TempDir
    Path dir;

    @Test
    void ageOpensWhatWeWrite() throws Exception {
        AgeKeyPair keys = AgeKeyPair.generate(new SecureRandom());
        Path identity = Files.writeString(dir.resolve("identity"), keys.identity().reveal() + "\n");
        for (byte[] plain : texts()) {
            for (boolean armored : new boolean[] {false, true}) {
                byte[] encrypted = AgeEncryption.builder()
                        .recipient(keys.recipient())
                        .recipient(AgeKeyPair.generate(new SecureRandom()).recipient())
                        .armored(armored)
                        .build()
                        .encrypt(plain);
                assertThat(run(encrypted, "decrypt", "-i", identity.toString())).isEqualTo(plain);
            }
        }
        Path phrase = Files.writeString(dir.resolve("phrase"), "grüne Wiese");
        byte[] byPhrase = AgeEncryption.builder()
                .passphrase(Secret.of("grüne Wiese"))
                .build()
                .encrypt(texts().get(2));
        assertThat(run(byPhrase, "decrypt", "-p", phrase.toString())).isEqualTo(texts().get(2));
    }

    @Test
    void weOpenWhatAgeWrites() throws Exception {
        String[] keys = new String(run(new byte[0], "keygen"), StandardCharsets.UTF_8).split("\n");
        AgeEncryption ours = AgeEncryption.builder().identity(Secret.of(keys[1])).build();
        for (byte[] plain : texts()) {
            assertThat(ours.decrypt(run(plain, "encrypt", "-r", keys[0]))).isEqualTo(plain);
            assertThat(ours.decrypt(run(plain, "encrypt", "-a", "-r", keys[0]))).isEqualTo(plain);
        }
        Path phrase = Files.writeString(dir.resolve("phrase"), "grüne Wiese");
        assertThat(AgeEncryption.builder()
                        .passphrase(Secret.of("grüne Wiese"))
                        .build()
                        .decrypt(run(texts().get(2), "encrypt", "-p", phrase.toString())))
                .isEqualTo(texts().get(2));
    }

    /** Each vector is a few lines of expectations, an empty line, and an age file. */
    @Test
    void theVectorsOfTheFormatAreJudgedAlike() throws Exception {
        run(new byte[0], "vectors", dir.toString());
        List<String> wrong = new ArrayList<>();
        int successes = 0;
        int failures = 0;
        int unsupported = 0;
        try (Stream<Path> files = Files.list(dir)) {
            for (Path file : files.sorted().toList()) {
                byte[] content = Files.readAllBytes(file);
                String text = new String(content, StandardCharsets.ISO_8859_1);
                int end = text.indexOf("\n\n");
                Map<String, List<String>> given = new HashMap<>();
                for (String line : text.substring(0, end).split("\n")) {
                    given.computeIfAbsent(line.substring(0, line.indexOf(": ")), k -> new ArrayList<>())
                            .add(line.substring(line.indexOf(": ") + 2));
                }
                byte[] encrypted = Arrays.copyOfRange(content, end + 2, content.length);
                if (given.containsKey("compressed")) {
                    encrypted = new InflaterInputStream(new ByteArrayInputStream(encrypted)).readAllBytes();
                }
                boolean expected = given.get("expect").get(0).equals("success");
                boolean foreign = given.getOrDefault("identity", List.of()).stream()
                        .anyMatch(identity -> !identity.startsWith("AGE-SECRET-KEY-1"));
                String found = open(given, encrypted);
                if (foreign) {
                    unsupported++;
                    expected = false;
                } else if (expected) {
                    successes++;
                } else {
                    failures++;
                }
                String wanted = expected ? given.get("payload").get(0) : "refused";
                if (!found.equals(wanted)) {
                    wrong.add(file.getFileName() + ": " + given.get("expect") + ", but " + found);
                }
            }
        }
        System.out.println("age vectors: " + successes + " to be opened, " + failures + " to be refused, "
                + unsupported + " of kinds of keys that are not supported (refused)");
        assertThat(wrong).isEmpty();
        assertThat(successes).isGreaterThan(15);
        assertThat(failures).isGreaterThan(60);
    }

    /** SHA-256 of the content, or "refused". */
    private static String open(Map<String, List<String>> given, byte[] encrypted) throws Exception {
        try {
            AgeEncryption.Builder builder = AgeEncryption.builder();
            for (String identity : given.getOrDefault("identity", List.of())) {
                builder.identity(Secret.of(identity));
            }
            if (given.containsKey("passphrase") && !given.containsKey("identity")) {
                builder.passphrase(Secret.of(given.get("passphrase").get(0)));
            }
            byte[] plain = builder.build().decrypt(encrypted);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(plain));
        } catch (TalosPveException refused) {
            return "refused";
        }
    }

    private static List<byte[]> texts() {
        return List.of(
                new byte[0],
                "cluster:\n  secret: x\n".getBytes(StandardCharsets.UTF_8),
                "ä".repeat(50_000).getBytes(StandardCharsets.UTF_8),
                new byte[65_536],
                new byte[131_073]);
    }

    private byte[] run(byte[] input, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Path in = Files.write(Files.createTempFile(dir, ".in", ""), input);
        Path out = Files.createTempFile(dir, ".out", "");
        int status = new ProcessBuilder(command)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
                .waitFor();
        assertThat(status).as(String.join(" ", command)).isZero();
        byte[] output = Files.readAllBytes(out);
        Files.delete(in);
        Files.delete(out);
        return output;
    }

    private static Path program() {
        String given = System.getProperty("talospve.interop.age");
        return given == null ? fail("run this by interop/age/run") : Path.of(given);
    }
}
