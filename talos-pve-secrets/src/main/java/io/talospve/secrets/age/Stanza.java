package io.talospve.secrets.age;

import java.util.List;

/**
 * One way to the file key, for one recipient.
 *
 * @param type the kind of recipient
 * @param arguments what follows the type on its line
 * @param body the wrapped file key
 */
record Stanza(String type, List<String> arguments, byte[] body) {
    private static final int LINE = 64;

    /** As it stands in the header, with a line break at the end. */
    String text() {
        StringBuilder text = new StringBuilder("-> ").append(type);
        arguments.forEach(argument -> text.append(' ').append(argument));
        text.append('\n');
        String base64 = Base64Text.encode(body);
        // the last line is shorter than 64 characters, if need be empty
        for (int at = 0; at <= base64.length(); at += LINE) {
            text.append(base64, at, Math.min(base64.length(), at + LINE)).append('\n');
        }
        return text.toString();
    }
}
