package io.talospve.helm;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Takes the values of a request out of Helm's messages: nobody knows which of them are secret. Texts of fewer than four
 * characters stay, and what the caller knows to be public. Immutable.
 */
final class ValueScrubber {
    private static final int SHORTEST = 4;
    private static final int LONGEST_MESSAGE = 2000;

    private final List<String> hidden;

    private ValueScrubber(Set<String> hidden) {
        // The longest first: one value may be a part of another.
        this.hidden = hidden.stream()
                .sorted(Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    static ValueScrubber of(String values, Set<String> known) {
        Set<String> hidden = new TreeSet<>();
        try {
            LoadSettings settings =
                    LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();
            // One frame per open collection: in a mapping keys, which stay, and values take turns.
            Deque<Turn> open = new ArrayDeque<>();
            for (Event event : new Parse(settings).parseString(values)) {
                if (event instanceof CollectionEndEvent) {
                    open.pop();
                } else if (event instanceof NodeEvent) {
                    boolean key = !open.isEmpty() && open.peek().next();
                    if (event instanceof ScalarEvent scalar && !key) {
                        add(hidden, scalar.getValue());
                    } else if (event instanceof CollectionStartEvent) {
                        open.push(new Turn(event instanceof MappingStartEvent));
                    }
                }
            }
        } catch (YamlEngineException e) {
            // Not YAML: Helm will say so, and may quote any line of it.
            values.lines().forEach(line -> {
                add(hidden, line.strip());
                for (String word : line.split("[\\s:,'\"\\[\\]{}]+")) {
                    add(hidden, word);
                }
            });
        }
        hidden.removeAll(known);
        return new ValueScrubber(hidden);
    }

    private static final class Turn {
        private final boolean mapping;
        private boolean key;

        Turn(boolean mapping) {
            this.mapping = mapping;
        }

        /** Whether the next node is a key. */
        boolean next() {
            key = mapping && !key;
            return key;
        }
    }

    private static void add(Set<String> hidden, String value) {
        value.lines().map(String::strip).forEach(line -> addForms(hidden, line));
        addForms(hidden, value);
    }

    private static void addForms(Set<String> hidden, String value) {
        if (value.strip().length() < SHORTEST || value.equals("true") || value.equals("false") || value.equals("null")) {
            return;
        }
        hidden.add(value);
        hidden.add(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\t", "\\t"));
        hidden.add(Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)));
    }

    /** The message without values, shortened. */
    String scrub(String message) {
        String text = message;
        for (String value : hidden) {
            text = text.replace(value, "***");
        }
        text = text.strip();
        return text.length() > LONGEST_MESSAGE ? text.substring(0, LONGEST_MESSAGE) + "…" : text;
    }
}
