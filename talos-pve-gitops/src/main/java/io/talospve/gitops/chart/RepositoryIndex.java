package io.talospve.gitops.chart;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.YamlUnicodeReader;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingEndEvent;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceEndEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Finds one chart in a repository's index.yaml. Reads it as a stream of events and keeps only what was asked for: an index may
 * list thousands of versions. Single use.
 */
final class RepositoryIndex {
    /** Largest index, in bytes. */
    static final int MAX_BYTES = 64 * 1024 * 1024;

    private static final int MAX_DEPTH = 100;
    private static final int SHOWN = 10;

    private final String origin;
    private final String name;
    private final String version;
    private final Iterator<Event> events;
    private final TreeSet<String> otherNames = new TreeSet<>();
    private final List<String> otherVersions = new ArrayList<>();
    private boolean nameSeen;
    private int depth;

    private RepositoryIndex(String origin, String name, String version, byte[] content) {
        this.origin = origin;
        this.name = name;
        this.version = version;
        LoadSettings settings = LoadSettings.builder()
                .setLabel("index.yaml")
                .setCodePointLimit(MAX_BYTES)
                .build();
        this.events = new ParserImpl(
                settings, new StreamReader(settings, new YamlUnicodeReader(new ByteArrayInputStream(content))));
    }

    /**
     * One version of a chart.
     *
     * @param urls where its archive is, absolute or relative to the repository
     * @param digest the archive's SHA-256 in hexadecimal
     */
    record Entry(List<String> urls, Optional<String> digest) {}

    /** The entry of exactly this version, with or without a leading "v". */
    static Entry find(String origin, byte[] content, String name, String version) {
        return new RepositoryIndex(origin, name, version, content).find();
    }

    private Entry find() {
        try {
            return search().orElseThrow(this::notFound);
        } catch (YamlEngineException e) {
            throw unexpected("its index.yaml is not YAML");
        }
    }

    private Optional<Entry> search() {
        next(); // stream start
        next(); // document start
        if (!(next() instanceof MappingStartEvent)) {
            throw unexpected("its index.yaml is not a mapping");
        }
        for (Event key = next(); key instanceof ScalarEvent scalar; key = next()) {
            Event value = next();
            if (scalar.getValue().equals("entries") && value instanceof MappingStartEvent) {
                return inEntries();
            }
            skip(value);
        }
        throw unexpected("its index.yaml has no entries");
    }

    private Optional<Entry> inEntries() {
        for (Event key = next(); key instanceof ScalarEvent scalar; key = next()) {
            Event value = next();
            if (!scalar.getValue().equals(name)) {
                if (otherNames.size() < 10_000) {
                    otherNames.add(scalar.getValue());
                }
                skip(value);
                continue;
            }
            nameSeen = true;
            if (value instanceof SequenceStartEvent) {
                for (Event item = next(); !(item instanceof SequenceEndEvent); item = next()) {
                    Optional<Entry> entry = item instanceof MappingStartEvent ? entry() : skip(item);
                    if (entry.isPresent()) {
                        return entry;
                    }
                }
            }
            return Optional.empty();
        }
        return Optional.empty();
    }

    private Optional<Entry> entry() {
        String found = "";
        String digest = "";
        List<String> urls = new ArrayList<>();
        Event key = next();
        for (; !(key instanceof MappingEndEvent); key = next()) {
            String field = key instanceof ScalarEvent scalar ? scalar.getValue() : "";
            if (!(key instanceof ScalarEvent)) {
                skip(key);
            }
            Event value = next();
            if (value instanceof ScalarEvent scalar && field.equals("version")) {
                found = scalar.getValue();
            } else if (value instanceof ScalarEvent scalar && field.equals("digest")) {
                digest = scalar.getValue();
            } else if (value instanceof SequenceStartEvent && field.equals("urls")) {
                for (Event url = next(); !(url instanceof SequenceEndEvent); url = next()) {
                    if (url instanceof ScalarEvent scalar) {
                        urls.add(scalar.getValue());
                    } else {
                        skip(url);
                    }
                }
            } else {
                skip(value);
            }
        }
        if (!sameVersion(found, version)) {
            if (otherVersions.size() < SHOWN) {
                otherVersions.add(found);
            }
            return Optional.empty();
        }
        if (urls.isEmpty()) {
            throw unexpected("its index.yaml gives no address for " + name + " " + version);
        }
        String sha256 = digest.startsWith("sha256:") ? digest.substring("sha256:".length()) : digest;
        return Optional.of(new Entry(urls, sha256.isEmpty() ? Optional.empty() : Optional.of(sha256)));
    }

    static boolean sameVersion(String one, String other) {
        return bare(one).equals(bare(other));
    }

    private static String bare(String version) {
        return version.startsWith("v") ? version.substring(1) : version;
    }

    private <T> Optional<T> skip(Event first) {
        int open = first instanceof CollectionStartEvent ? 1 : 0;
        while (open > 0) {
            Event event = next();
            open += event instanceof CollectionStartEvent ? 1 : event instanceof CollectionEndEvent ? -1 : 0;
        }
        return Optional.empty();
    }

    private Event next() {
        if (!events.hasNext()) {
            throw unexpected("its index.yaml ends too early");
        }
        Event event = events.next();
        depth += event instanceof CollectionStartEvent ? 1 : event instanceof CollectionEndEvent ? -1 : 0;
        if (depth > MAX_DEPTH) {
            throw unexpected("its index.yaml is nested deeper than " + MAX_DEPTH + " levels");
        }
        if (event instanceof AliasEvent) {
            throw unexpected("its index.yaml has aliases");
        }
        return event;
    }

    private RemoteException unexpected(String what) {
        return new RemoteException(
                ErrorCode.UNEXPECTED_ANSWER,
                origin + ": " + what,
                false,
                "look whether this is the address of a chart repository",
                null,
                null);
    }

    private RemoteException notFound() {
        String hint = nameSeen
                ? "it has, among others: " + String.join(", ", otherVersions)
                : "it has, among others: "
                        + String.join(", ", otherNames.stream().limit(SHOWN).toList());
        return new RemoteException(
                ErrorCode.NOT_FOUND,
                origin + ": the repository has no " + (nameSeen ? "version " + version + " of it" : "chart of this name"),
                false,
                hint,
                null,
                null);
    }
}
