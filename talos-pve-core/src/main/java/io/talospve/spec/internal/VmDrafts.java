package io.talospve.spec.internal;

import io.talospve.spec.ExtraDisk;
import io.talospve.spec.VmOptions.StartupOrder;
import io.talospve.spec.VmidRange;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Values about virtual machines while they are read key by key. Not thread-safe. */
final class VmDrafts {
    private VmDrafts() {}

    static final class Range {
        private int from;
        private int to;

        void from(int value) {
            from = value;
        }

        void to(int value) {
            to = value;
        }

        VmidRange build() {
            return new VmidRange(from, to);
        }
    }

    static final class Disk {
        private int size;
        private @Nullable String datastore;

        void size(int value) {
            size = value;
        }

        void datastore(String value) {
            datastore = value;
        }

        ExtraDisk build() {
            return new ExtraDisk(size, Optional.ofNullable(datastore));
        }
    }

    static final class Startup {
        private int order;
        private @Nullable Integer up;
        private @Nullable Integer down;

        void order(int value) {
            order = value;
        }

        void up(int value) {
            up = value;
        }

        void down(int value) {
            down = value;
        }

        StartupOrder build() {
            return new StartupOrder(order, Optional.ofNullable(up), Optional.ofNullable(down));
        }
    }
}
