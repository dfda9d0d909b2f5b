package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.TalosCluster;
import java.util.ArrayList;
import java.util.List;

/** What a spec may say and machine configurations can express, but a plan does not carry out yet: never left out silently. */
final class NotCarriedOut {
    private NotCarriedOut() {}

    /** Refuses a spec that asks for any of it. */
    static void refuse(TalosCluster cluster) {
        List<String> findings = new ArrayList<>();
        if (cluster.secureBoot().isPresent()) {
            findings.add("cluster.secure_boot: virtual machines get no UEFI firmware, TPM and secure boot image yet");
        }
        if (!findings.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "this version cannot carry out what the spec asks for:\n  " + String.join("\n  ", findings),
                    "Remove these keys. Nothing was changed.");
        }
    }
}
