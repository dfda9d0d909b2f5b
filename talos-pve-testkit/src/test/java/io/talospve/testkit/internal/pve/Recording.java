package io.talospve.testkit.internal.pve;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A file of exchanges with a real cluster. */
record Recording(String name, List<Exchange> exchanges, Map<String, String> exits) {
    static final JsonMapper JSON = JsonMapper.builder().build();

    /** One exchange. */
    record Exchange(
            int line, String note, String method, String path, JsonNode params, String auth, int status, String reason,
            JsonNode body) {
        boolean taskPoll() {
            return note.endsWith("(task status)") || note.equals("task status");
        }

        boolean counted() {
            return !note.isEmpty() && !taskPoll() && status > 0;
        }

        /** Exchanges that ask the same under the same label are one. */
        String key() {
            return note + " " + method + " " + path.replaceAll("UPID[^/]*", "UPID") + " " + params + " " + status
                    + " " + body.at("/data/status").asString("");
        }

        boolean upid() {
            return body.path("data").isString() && body.get("data").asString().startsWith("UPID:");
        }

        String message() {
            return body.path("message").asString(reason).strip();
        }
    }

    static Recording read(Path file) throws IOException {
        List<Exchange> all = new ArrayList<>();
        Map<String, String> exits = new HashMap<>();
        int number = 0;
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            number++;
            JsonNode json = JSON.readTree(line);
            JsonNode body = json.path("body");
            all.add(new Exchange(number, json.path("note").asString(""), json.path("method").asString(""),
                    json.path("path").asString(""), json.path("params"), json.path("auth").asString("none"),
                    json.path("status").asInt(0), json.path("reason").asString(""),
                    body.isObject() ? body : JSON.createObjectNode()));
            JsonNode exit = body.at("/data/exitstatus");
            if (exit.isString()) {
                exits.put(body.at("/data/upid").asString(), exit.asString());
            }
        }
        return new Recording(file.getFileName().toString(), all, exits);
    }
}
