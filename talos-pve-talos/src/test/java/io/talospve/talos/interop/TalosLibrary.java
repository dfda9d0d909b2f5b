package io.talospve.talos.interop;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The program of interop/talos: Talos' own published library behind one line of JSON per question. Not thread-safe. */
public final class TalosLibrary implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Process process;
    private final BufferedWriter in;
    private final BufferedReader out;

    /** Starts it. */
    public TalosLibrary() {
        String path = System.getProperty("talospve.interop.talos");
        if (path == null) {
            throw new IllegalStateException("tests tagged interop need the program of interop/talos: start interop/talos/run");
        }
        try {
            process = new ProcessBuilder(path).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        in = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** One answer, also one that holds an error. */
    public JsonNode ask(Map<String, ?> question) {
        return askAll(List.of(question)).get(0);
    }

    /** One answer; an error fails the test. */
    public JsonNode require(Map<String, ?> question) {
        JsonNode answer = ask(question);
        if (answer.has("error")) {
            throw new AssertionError("Talos' library: " + answer.get("error").stringValue());
        }
        return answer;
    }

    /** The answers in order. */
    List<JsonNode> askAll(List<? extends Map<String, ?>> questions) {
        List<JsonNode> answers = new ArrayList<>(questions.size());
        try {
            for (Map<String, ?> question : questions) {
                in.write(JSON.writeValueAsString(question));
                in.write('\n');
                in.flush();
                String line = out.readLine();
                if (line == null) {
                    throw new AssertionError("Talos' library ended with exit code " + process.waitFor());
                }
                answers.add(JSON.readTree(line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return answers;
    }

    @Override
    public void close() {
        process.destroy();
    }
}
