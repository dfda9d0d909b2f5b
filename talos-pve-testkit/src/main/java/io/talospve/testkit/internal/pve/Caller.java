package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Accounts;

/**
 * Who calls.
 *
 * @param authId {@code user@realm} or {@code user@realm!token}; empty if nobody has logged in
 */
record Caller(String authId) {
    static final Caller NOBODY = new Caller("");

    /** The user without the token. */
    String user() {
        int mark = authId.indexOf('!');
        return mark < 0 ? authId : authId.substring(0, mark);
    }

    /** Id of the token; empty for a ticket. */
    String token() {
        int mark = authId.indexOf('!');
        return mark < 0 ? "" : authId.substring(mark + 1);
    }

    /** Whether it is root@pam itself; its tokens are not. */
    boolean root() {
        return authId.equals(Accounts.ROOT);
    }
}
