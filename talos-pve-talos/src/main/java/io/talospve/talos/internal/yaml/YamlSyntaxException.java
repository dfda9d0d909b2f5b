package io.talospve.talos.internal.yaml;

/** A text is not the YAML that was expected. The message says where and never quotes the text. */
public final class YamlSyntaxException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * An error.
     *
     * @param message what is wrong, where
     */
    public YamlSyntaxException(String message) {
        super(message);
    }
}
