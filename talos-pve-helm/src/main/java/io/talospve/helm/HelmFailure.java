package io.talospve.helm;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.gitops.ChartRequest;
import io.talospve.gitops.chart.FetchedChart;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/** Errors of rendering one request, in Helm's words without the values. */
final class HelmFailure {
    private final String what;
    private final ValueScrubber scrubber;

    HelmFailure(ChartRequest request, FetchedChart chart) {
        this.what = "rendering " + chart + " as release " + request.release() + " in namespace " + request.namespace()
                + " for Kubernetes " + request.kubernetesVersion();
        this.scrubber = ValueScrubber.of(
                request.values().reveal(),
                // a release may be called as its chart is
                new HashSet<>(List.of(
                        request.release(), request.namespace(), chart.name(), chart.version(), request.kubernetesVersion())));
    }

    /** Helm refused. */
    RefusedException refused(String words) {
        // Where nothing but the message follows, "Error:" of the command line goes too.
        String text = scrubber.scrub(words.replaceFirst("^Error: ", "").replace(System.lineSeparator(), "\n"));
        return new RefusedException(ErrorCode.REJECTED, what + " failed: " + text, hint(text));
    }

    private static String hint(String text) {
        if (text.contains("incompatible with Kubernetes")) {
            return "choose a version of the chart for this version of Kubernetes";
        }
        if (text.contains("missing in charts/")) {
            return "vendor the chart's dependencies (helm dependency build): nothing is downloaded here";
        }
        return "correct the values; the values' own texts are replaced by ***";
    }

    RemoteException timedOut(Duration timeOut) {
        return new RemoteException(
                ErrorCode.TIMED_OUT,
                what + ": not ready after " + timeOut.toSeconds() + " s; the process was killed",
                true,
                "give it more time, or look for an endless loop in the chart's templates",
                null,
                null);
    }

    RemoteException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new RemoteException(ErrorCode.CANCELLED, what + ": interrupted", false, null, null, e);
    }

    /** The process could not be run or died. */
    RemoteException broken(String words) {
        return new RemoteException(
                ErrorCode.SERVER_FAILED,
                what + ": " + scrubber.scrub(words),
                false,
                "it may need more memory than it was given; look at the status and what it wrote",
                null,
                null);
    }
}
