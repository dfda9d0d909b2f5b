package io.talospve.testkit.internal.kube.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VersionRangeTest {
    private static final List<String> TAGS =
            List.of("v1.2.3", "1.2.10", "1.3.0", "2.0.0", "2.1.0-rc.1", "0.2.5", "0.3.0", "latest");

    @ParameterizedTest
    @CsvSource({
        "*, 2.0.0", ">=1.0.0 <2.0.0, 1.3.0", "1.x, 1.3.0", "1.2.x, 1.2.10", "~1.2, 1.2.10", "~1.2.3, 1.2.10",
        "^1.2.3, 1.3.0", "^0.2.0, 0.2.5", "1.2.3, v1.2.3", "<1.0.0 || >=2.0.0, 2.0.0", ">2.0.0, none"
    })
    void theNewestTagInARange(String range, String tag) {
        assertThat(VersionRange.newest(range, TAGS).orElse("none")).isEqualTo(tag);
    }
}
