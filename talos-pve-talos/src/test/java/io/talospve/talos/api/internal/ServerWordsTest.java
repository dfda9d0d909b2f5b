package io.talospve.talos.api.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ServerWordsTest {
    @Test
    void keepsWhatHelpsAndDropsTheDifferences() {
        assertThat(ServerWords.without("this config change can't be applied in immediate mode\ndiff:\n--- a\n+  key: s3cr3t\n"))
                .isEqualTo("this config change can't be applied in immediate mode (differences left out)");
        assertThat(ServerWords.without("configuration validation failed: 1 error occurred:\n\t* Layer2VIPConfig/x: link\n\n"))
                .isEqualTo("configuration validation failed: 1 error occurred:\n\t* Layer2VIPConfig/x: link\n\n");
    }

    @Test
    void namesUnknownKeysWithoutTheirValues() {
        String text = """
                error decoding document /v1alpha1/ (line 1): unknown keys found during decoding:
                machine:
                    registries:
                        config:
                            ghcr.io:
                                auht:
                                    password: s3cr3t
                    keys:
                        - s3cr3t
                        - name: s3cr3t
                          value: |-
                            -----BEGIN s3cr3t: x
                            more: s3cr3t
                        - last: s3cr3t
                """;
        assertThat(ServerWords.without(text))
                .doesNotContain("s3cr3t", "BEGIN", "more")
                .contains("auht:\n", "password: ***", "- name: ***", "value: ***", "- last: ***");
    }

    @Test
    void hidesAValueOfTheWrongTypeAndUsersInUrls() {
        assertThat(ServerWords.without("line 25: cannot unmarshal !!str `s3cr3t` into int"))
                .isEqualTo("line 25: cannot unmarshal !!str `***` into int");
        assertThat(ServerWords.without("parse \"http://me:s3cr3t@proxy:1\": bad"))
                .isEqualTo("parse \"http://***@proxy:1\": bad");
    }
}
