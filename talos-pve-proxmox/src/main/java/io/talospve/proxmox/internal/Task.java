package io.talospve.proxmox.internal;

import io.talospve.spi.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * A Proxmox task as an {@link Operation}, asked about at the node of its UPID. Its effect is in its exit status only: the
 * call that started it was answered 200 in any case.
 */
final class Task implements Operation {
    private static final int LOG_LINES = 5;
    private static final int LOG_PAGE = 500;
    private static final int LOOKS = 3;

    private static final Pattern RUNS_ALREADY = Pattern.compile("VM \\d+ already running");

    private final ApiClient api;
    private final Upid upid;

    Task(ApiClient api, Upid upid) {
        this.api = api;
        this.upid = upid;
    }

    @Override
    public String id() {
        return upid.text();
    }

    @Override
    public State poll() {
        String exit = "";
        for (int look = 0; look < LOOKS; look++) {
            JsonNode status = api.send(Call.get("nodes", upid.node(), "tasks", upid.text(), "status"));
            if (!Fields.text(status, "status").equals("stopped")) {
                return State.running();
            }
            exit = Fields.text(status, "exitstatus").strip();
            if (!exit.isEmpty() && !exit.equals("unexpected status")) {
                break;
            }
            // the status reads like this between the end of the process and its last log line: look again
        }
        if (exit.equals("OK") || alreadyDone(exit)) {
            return State.succeeded();
        }
        if (exit.startsWith("WARNINGS")) {
            return new State(Status.SUCCEEDED, withLog(exit));
        }
        return State.failed(withLog(exit.isEmpty() ? "it ended without an exit status" : exit));
    }

    private boolean alreadyDone(String exit) {
        return switch (upid.type()) {
            case "qmstart" -> RUNS_ALREADY.matcher(exit).find();
            case "qmdestroy" -> ErrorTexts.missingVm(exit);
            default -> false;
        };
    }

    private String withLog(String exit) {
        List<String> tail;
        try {
            tail = logTail();
        } catch (ApiException e) {
            return exit; // the exit status is the answer, the log only explains it
        }
        StringBuilder text = new StringBuilder(exit);
        for (String line : tail) {
            if (!line.isBlank() && !line.equals("TASK ERROR: " + exit)) {
                text.append("\n  ").append(line);
            }
        }
        return text.toString();
    }

    private List<String> logTail() {
        Call log = Call.get("nodes", upid.node(), "tasks", upid.text(), "log").with("limit", Integer.toString(LOG_PAGE));
        List<String> lines = new ArrayList<>();
        api.send(log).forEach(line -> lines.add(Fields.text(line, "t")));
        if (lines.size() == LOG_PAGE) {
            // longer than a page: Proxmox numbers lines from the start only, so page on to the end
            for (int start = LOG_PAGE; lines.size() % LOG_PAGE == 0 && start < 40 * LOG_PAGE; start += LOG_PAGE) {
                int before = lines.size();
                api.send(log.with("start", Integer.toString(start))).forEach(line -> lines.add(Fields.text(line, "t")));
                if (lines.size() == before) {
                    break;
                }
            }
        }
        return List.copyOf(lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    }

    @Override
    public String toString() {
        return id();
    }
}
