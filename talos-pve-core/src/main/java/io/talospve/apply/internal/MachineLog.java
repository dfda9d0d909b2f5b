package io.talospve.apply.internal;

import io.talospve.error.TalosPveException;
import io.talospve.plan.SecretValues;
import io.talospve.plan.StepWork;
import io.talospve.spi.TalosAccess;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The last lines of a machine's own log, for the error of a step that waited for it in vain. Best effort. */
final class MachineLog {
    private static final int LINES = 20;
    private static final int MAX_CHARACTERS = 4000;
    /** Shorter parts of the bundle are keys and numbers. */
    private static final int MIN_SECRET = 10;

    /** Private keys and certificates, values of telling fields, and anything that could be an encoded key. */
    private static final List<Pattern> SECRETS = List.of(
            Pattern.compile("-----BEGIN [^-]+-----.*?(-----END [^-]+-----|\\z)", Pattern.DOTALL),
            Pattern.compile("(?i)(?<=(?:token|secret|password|passwd|bearer|authorization|key)[\"']?[:= ]{1,3})[^\\s,}]{4,}"),
            Pattern.compile("[A-Za-z0-9+/_=-]{40,}"),
            Pattern.compile("\\b[a-z0-9]{6}\\.[a-z0-9]{16}\\b"));

    private final StepContext context;
    private final String node;
    private final String service;

    private MachineLog(StepContext context, Of of) {
        this.context = context;
        this.node = of.node();
        this.service = of.service();
    }

    /** Whose log. */
    record Of(String node, String service) {}

    /** The log that may tell why a step failed; empty if the step is not about a machine that runs Talos. */
    static Optional<MachineLog> of(StepContext context) {
        return context.suspect().or(() -> usual(context)).map(of -> new MachineLog(context, of));
    }

    private static Optional<Of> usual(StepContext context) {
        StepWork work = context.step().work();
        if (work instanceof StepWork.AwaitInstalled installed) {
            return Optional.of(new Of(installed.node(), "machined"));
        } else if (work instanceof StepWork.AwaitMachine await) {
            return Optional.of(new Of(await.node(), "machined"));
        } else if (work instanceof StepWork.Bootstrap bootstrap) {
            return Optional.of(new Of(bootstrap.node(), "etcd"));
        } else if (work instanceof StepWork.AwaitHealthy) {
            return context.state().controlPlanes().stream().findFirst().map(machine -> new Of(machine.name(), "kubelet"));
        }
        return Optional.empty();
    }

    /** The lines with a heading, without secrets; empty text if the machine does not tell. */
    String tail() {
        try {
            TalosAccess access = context.state().access();
            String text = context.services()
                    .talos()
                    .logTail(context.state().address(node), access, service, LINES)
                    .strip();
            if (text.isEmpty()) {
                return "";
            }
            String masked = masked(text, context.state().bundle().reveal(), context.state().secrets());
            String end = masked.length() > MAX_CHARACTERS ? masked.substring(masked.length() - MAX_CHARACTERS) : masked;
            return "last lines of " + service + " on " + node + ":\n" + end;
        } catch (TalosPveException e) {
            // It would be a wonder if a machine that does not come back told why.
            return "";
        }
    }

    /** Takes out what is in the bundle, and what the spec refers to, by value, and what looks like a secret, by form. */
    static String masked(String text, String bundle, SecretValues secrets) {
        List<String> values = new ArrayList<>(List.of(bundle.split("[\\s\"',{}\\[\\]]+")));
        values.removeIf(value -> value.length() < MIN_SECRET || value.endsWith(":"));
        secrets.all().values().forEach(secret -> secret.reveal().lines().filter(line -> !line.isBlank()).forEach(values::add));
        Collections.sort(values, Comparator.comparingInt(String::length).reversed());
        String result = text;
        for (String value : values) {
            result = result.replace(value, "***");
        }
        for (Pattern secret : SECRETS) {
            result = secret.matcher(result).replaceAll("***");
        }
        return result;
    }
}
